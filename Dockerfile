# One image for the schema job, the API, the workers and the signer; docker-compose.yml says which runs what.
FROM python:3.13.9-slim-trixie

RUN useradd --create-home --uid 10001 jieti
WORKDIR /srv/jieti
COPY requirements.lock ./
RUN pip install --no-cache-dir --no-deps --require-hashes --requirement requirements.lock
COPY . .
RUN pip install --no-cache-dir --no-deps --no-index --no-build-isolation --editable . \
    && python -m compileall -q activities api domain eventlog registry runtime views workflows \
    && install --directory --owner jieti /srv/sealed && install --directory --owner jieti --mode 0700 /srv/signer
USER jieti
CMD ["jieti", "--help"]
