"""The words of both languages: what lengths, days, kinds of fact, fields and values are called in a sentence."""
# Longer than 300 lines: the vocabulary of both languages is one table, and stands in one place.

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.calendar import Period
from domain.facts.base import KINDS
from domain.reading import Anchor, Ref


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence, or words of one, in both languages of the console."""

    zh: str
    en: str


FIELDS: Mapping[str, tuple[str, ...]] = {
    "abstained": ("弃权",),
    "act": ("修复措施",),
    "activity": ("活动类别",),
    "address": ("联系地址",),
    "affects": ("影响结果",),
    "after": ("修复后",),
    "approved_by": ("批准人",),
    "approves": ("有审批权", "审批权"),
    "before": ("修复前",),
    "born_on": ("出生日期", "出生年月日"),
    "by_unit": ("主办党组织", "办理党组织"),
    "candidate_withdrew": ("本人回避",),
    "candidates": ("候选人数",),
    "cause": ("原因类别",),
    "channel": ("提醒渠道", "渠道"),
    "concerns": ("所涉序号",),
    "conclusion": ("结论",),
    "contact_id": ("联系人",),
    "corrects": ("更正的序号",),
    "counts": ("计入培养时间",),
    "custodian": ("保管单位",),
    "basis": ("依据",),
    "whom": ("相关人员",),
    "requested": ("申请序号",),
    "days": ("天数",),
    "departed_on": ("出境日期",),
    "digest": ("摘要", "规则册摘要"),
    "decided_by": ("决定机构",),
    "decision": ("决定序号",),
    "documents": ("材料",),
    "due": ("应到",),
    "due_on": ("到期日",),
    "effective_on": ("日期", "发生日期"),
    "excluded": ("不计入应到",),
    "excluded_consents": ("不计入同意情况",),
    "excluded_for": ("不计入原因",),
    "exclusions_agreed": ("不计入已同意",),
    "extension_months": ("延长月数",),
    "files": ("规则册文本",),
    "first_on": ("起始日期",),
    "full_member": ("正式党员",),
    "full_members": ("均为正式党员",),
    "group": ("党小组",),
    "has_committee": ("设支委会",),
    "heard": ("听取对象",),
    "held_by": ("谈话人",),
    "home_unit": ("党支部", "所在党支部"),
    "criterion": ("检查项目",),
    "grade": ("检查等级",),
    "inspection": ("所指检查",),
    "inspector": ("检查单位",),
    "in_force_from": ("施行日期",),
    "hours": ("学时",),
    "introducer_id": ("介绍人",),
    "introducers": ("入党介绍人",),
    "invalid": ("废票",),
    "last_on": ("终止日期",),
    "last_reply_on": ("最后复函日期",),
    "language": ("语言",),
    "leaves_on": ("预计离校日期", "预计毕业日期"),
    "letters_returned": ("复函数",),
    "letters_sent": ("发函数",),
    "name": ("姓名", "名称"),
    "name_en": ("英文名称",),
    "no": ("反对",),
    "number": ("学工号", "工号"),
    "obligation": ("待办事项",),
    "order": ("顺序",),
    "outcome": ("决议结果",),
    "point": ("公示环节",),
    "post": ("谈话人职务", "职务"),
    "present": ("实到",),
    "probation_from": ("预备期起算日",),
    "proposal": ("表决事项",),
    "reason": ("理由",),
    "recommenders": ("推荐人数",),
    "reference": ("文号",),
    "remote": ("线上召开",),
    "result": ("审查结论",),
    "retracts": ("撤销的序号",),
    "rule": ("所涉规则",),
    "role": ("身份",),
    "ruling": ("处理决定",),
    "rung_days": ("提醒日距",),
    "says": ("更正为",),
    "score": ("成绩",),
    "secret": ("无记名",),
    "serial_no": ("志愿书编号",),
    "standing_from": ("党龄起算日",),
    "state": ("状态摘要",),
    "student_no": ("学号",),
    "superior": ("上级党组织",),
    "to_unit": ("去向单位",),
    "unit": ("所属党组织",),
    "unit_id": ("党组织编号",),
    "unit_kind": ("党组织类型",),
    "until": ("截至日期",),
    "upheld": ("异议成立",),
    "workdays": ("按工作日",),
    "workflow": ("所修复的工作流",),
    "written": ("书面意见",),
    "yes": ("赞成",),
    "applies": ("是否适用",),
    "counted": ("计数",),
    "attendance": ("参加人次",),
    "ends_on": ("结束日期",),
    "job": ("学期工作",),
    "not_done": ("未完成的工作",),
    "participants": ("参加人数",),
    "items": ("待办数",),
    "late_items": ("逾期数",),
    "rules": ("不符的规则",),
    "starts_on": ("开始日期",),
    "term": ("学期",),
    "upto": ("截至序号",),
}
"""Each field of a fact that a clerk may fill in, with its Chinese names; the first is the one that is written."""

VALUES: Mapping[str, tuple[str, ...]] = {
    "abroad": ("出国（境）", "出国"),
    "abroad-privately": ("自费出国半年以上",),
    "activist": ("入党积极分子", "积极分子"),
    "activity": ("活动",),
    "admission": ("接收预备党员", "接收"),
    "applicant": ("申请人本人",),
    "application": ("入党申请书",),
    "application-form": ("入党志愿书",),
    "assembly": ("支部大会", "支部党员大会"),
    "away-unmoved": ("外出半年以上未转组织关系",),
    "basically-qualified": ("基本合格",),
    "bedridden": ("长期卧床",),
    "both": ("均同意",),
    "building": ("公寓楼", "楼栋"),
    "branch": ("党支部",),
    "branch-secretary": ("支部书记", "党支部书记"),
    "branch-committee": ("支委会", "支部委员会"),
    "cancel": ("取消预备党员资格", "取消"),
    "college-committee": ("院系党委", "二级学院党委"),
    "committee-member": ("委员",),
    "contacts": ("培养联系人",),
    "community": ("学生社区", "社区"),
    "conversion": ("转正",),
    "conversion-application": ("转正申请书",),
    "convert": ("按期转正", "转正"),
    "counsellor": ("辅导员",),
    "cultivation-inspection": ("培养教育考察材料",),
    "criticised": ("批评教育",),
    "death": ("去世",),
    "department": ("系部",),
    "discipline": ("纪律",),
    "department-leader": ("系（处室）领导",),
    "department-staff": ("组织部工作人员",),
    "deputy-secretary": ("副书记",),
    "dingtalk": ("钉钉",),
    "dormitory": ("寝室", "宿舍"),
    "en": ("英文",),
    "excellent": ("优秀",),
    "development-target": ("发展对象",),
    "exchange": ("交换交流",),
    "extend": ("延长预备期", "延长"),
    "fail": ("不合格", "不通过"),
    "feishu": ("飞书",),
    "first": ("第一",),
    "floor": ("楼层",),
    "functional-branch": ("功能型党支部",),
    "general-branch": ("党总支",),
    "graduated": ("毕业",),
    "head": ("负责人",),
    "hygiene": ("卫生",),
    "illness": ("疾病",),
    "in-custody": ("被羁押或服刑",),
    "incomplete": ("不完整", "未完成"),
    "internship-group": ("实习党小组",),
    "leave": ("休学",),
    "lecture": ("党课",),
    "left-without-continuation": ("离校未接续",),
    "purpose-met": ("目的已实现",),
    "consent-withdrawn": ("撤回同意",),
    "period-over": ("保存期限届满",),
    "unlawful": ("违法处理",),
    "service-ended": ("停止服务",),
    "mail": ("邮件", "邮箱", "电子邮箱"),
    "masses": ("群众",),
    "members": ("党员",),
    "military-service": ("参军",),
    "no-quorum": ("未达人数",),
    "none": ("均未同意",),
    "not-recognised": ("不予承认",),
    "opened-in-error": ("误立",),
    "organiser": ("组织员",),
    "organisation-commissioner": ("组织委员",),
    "organisation-department": ("组织部",),
    "other": ("其他",),
    "overall": ("综合",),
    "other-unit": ("应向其他党组织申请",),
    "party-group": ("党小组",),
    "party-leading-group": ("党组",),
    "pass": ("合格", "通过"),
    "political-review": ("政治审查材料",),
    "portal": ("校内门户", "门户"),
    "procedure": ("程序不符",),
    "punished": ("处分",),
    "qualified": ("合格",),
    "repeat": ("重新办理",),
    "replaced": ("更换",),
    "rights-lost": ("权利受限",),
    "school-leader": ("院（校）领导",),
    "safety": ("安全",),
    "second": ("第二",),
    "secretary": ("书记", "支部书记"),
    "sms": ("短信", "手机", "手机号"),
    "social-work": ("社会工作",),
    "stands": ("维持",),
    "superior": ("仅上级同意",),
    "superior-committee": ("上级党委",),
    "student-union": ("学生会",),
    "temporary-branch": ("临时党支部",),
    "term-ended": ("任期届满",),
    "training": ("培训",),
    "transferred": ("调离",),
    "unable-to-express": ("因病丧失表达能力",),
    "under-age": ("未满十八岁",),
    "unfounded": ("不成立",),
    "university-committee": ("校党委",),
    "unqualified": ("不合格",),
    "virtual-branch": ("网络虚拟党支部",),
    "volunteering": ("志愿服务",),
    "wecom": ("企业微信",),
    "zh": ("中文",),
}
"""Each value of a closed list, with its Chinese names. A name may serve two lists, never two values of one list."""

MAY: Mapping[str, Text] = {
    "approve": Text("审批", "approve"),
    "consent": Text("同意", "consent"),
    "determine-activist": Text("确定入党积极分子", "determine activists"),
    "educate": Text("培养教育", "educate"),
    "file": Text("备案", "take on file"),
    "give-opinion": Text("提出意见", "give opinions"),
    "hold-assembly": Text("召开支部大会表决", "hold assemblies that vote"),
    "inspect": Text("考察", "inspect"),
    "pre-review": Text("预审", "pre-review"),
    "propose-target": Text("讨论列为发展对象", "propose development targets"),
    "recognise": Text("认定", "recognise"),
    "review": Text("审查", "review"),
    "talk": Text("派人谈话", "hold the talk"),
    "train": Text("组织培训", "train"),
}
"""What a unit may do; a word that an edition adds stands for itself."""

MOMENT_WORDS: Mapping[str, Text] = {
    "born": Text("出生", "birth"),
    "applied": Text("最近一次递交申请", "last application"),
    "received": Text("收到入党申请书", "receipt of the application"),
    "leaves": Text("预计离校", "expected departure"),
    "cultivation-start": Text("培养考察起算", "start of cultivation"),
    "last-tended": Text("最近一次联系或考察", "last contact or inspection"),
    "without-contact": Text("无培养联系人", "loss of the last cultivation contact"),
    "member-from": Text("党籍起算", "start of membership"),
    "probation-start": Text("预备期起算", "start of probation"),
    "probation-original-end": Text("原预备期满", "original end of probation"),
    "probation-end": Text("预备期满", "end of probation"),
    "probation-round": Text("最近一次审批（接收或延长）", "last approval (of admission or extension)"),
    "standing-from": Text("党龄起算", "start of standing"),
    "uncounted-since": Text("无有效培养联系人", "time without a valid contact"),
    "abroad-since": Text("出国（境）", "departure abroad"),
    "retained-since": Text("开始保留组织关系", "first retention of the relationship"),
    "defect-open": Text("程序瑕疵立案", "opening of the procedural defect"),
}
"""What the moments of `domain.moments` are called."""


def named(field: str) -> str:
    """How a column of this field is called when we write it."""
    return FIELDS[field][0] if field in FIELDS else field


def word(value: str) -> str:
    """How a value of a closed list is called when we write it."""
    return VALUES[value][0] if value in VALUES else value


def of_kind(topic: str) -> Text:
    """What a kind of fact is called: its Chinese title, and its topic as English words."""
    return Text(f"“{KINDS[topic].TITLE}”" if topic in KINDS else topic, f"“{_spelt(topic)}”")


def _spelt(topic: str) -> str:
    """A topic with its hyphens gone, but for those of English."""
    words = topic.replace("-", " ")
    return words.replace("pre ", "pre-").replace("half year", "half-year")


def of_field(name: str) -> Text:
    """What a field is called."""
    return Text(named(name), name.replace("_", " "))


def of_value(value: Any) -> Text:
    """What the value of a field is called; a day or a number is written as it is."""
    if value is None:
        return Text("未填", "not given")
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    return Text(word(value), _spelt(value)) if isinstance(value, str) else Text(str(value), str(value))


def of_ref(ref: Ref) -> Text:
    """What the fact that a rule speaks of is called, with what it must say."""
    name = of_kind(ref.topic)
    says = [(of_field(key), of_value(value)) for key, value in {**ref.where, **ref.holds}.items()]
    if not says:
        return name
    zh = "，".join(f"{field.zh}：{value.zh}" for field, value in says)
    en = ", ".join(f"{field.en}: {value.en}" for field, value in says)
    return Text(f"{name.zh}（{zh}）", f"{name.en} ({en})")


def of_anchor(anchor: Anchor) -> Text:
    """What the day that a rule counts from is called."""
    if isinstance(anchor, Ref):
        return of_ref(anchor)
    return MOMENT_WORDS[anchor] if anchor in MOMENT_WORDS else of_kind(anchor)


def of_period(length: Period) -> Text:
    """A length as one says it: 1 年 6 个月, 1 year 6 months."""
    parts = ((length.years, "年", "year"), (length.months, "个月", "month"), (length.days, "天", "day"))
    given = [part for part in parts if part[0]] or [parts[2]]
    return Text(" ".join(f"{n} {zh}" for n, zh, _ in given), " ".join(f"{n} {plural(en, n)}" for n, _, en in given))


def plural(noun: str, count: int) -> str:
    """An English noun in the number that its count asks for."""
    return noun if count == 1 else f"{noun}s"


def listed(items: list[Text]) -> Text:
    """Things told one after another."""
    return Text("、".join(one.zh for one in items), ", ".join(one.en for one in items))
