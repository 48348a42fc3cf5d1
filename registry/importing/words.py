"""What spreadsheets call columns, facts and flags, beside the Chinese words of the domain."""

from collections.abc import Mapping

from domain.words import FIELDS, VALUES, named, word

__all__ = ["FIELDS", "FLAGS", "SUPERIOR_UNIT", "TITLES", "TOPIC", "VALUES", "named", "word"]
"""What the importer needs of words."""

TOPIC = ("事实", "事项", "topic", "fact")
"""The column that says which fact a row tells."""

SUPERIOR_UNIT = ("审批党委", "上级党委", "superior_unit")
"""The roster's column of the committee whose acts the superior's acts are."""

FLAGS: Mapping[str, bool] = {
    "是": True,
    "有": True,
    "yes": True,
    "true": True,
    "1": True,
    "否": False,
    "无": False,
    "没有": False,
    "no": False,
    "false": False,
    "0": False,
}

TITLES: Mapping[str, tuple[str, ...]] = {
    "application-submitted": ("申请日期", "申请入党日期", "申请入党"),
    "applicant-talk-held": ("派人谈话", "入党谈话"),
    "activist-determined": ("列为入党积极分子", "列为积极分子", "确定积极分子"),
    "development-target-determined": ("列为发展对象",),
    "admission-resolution-adopted": ("接收为预备党员", "入党日期", "接收预备党员"),
    "conversion-resolved": ("转正决议",),
    "political-review-concluded": ("政治审查", "政审"),
    "target-training-completed": ("集中培训", "短期集中培训"),
}
"""What clerks call a fact beside its own title and topic."""
