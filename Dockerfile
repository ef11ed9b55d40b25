# One image for the API, the event streams, the workers and the scheduler; the command tells which.
FROM python:3.11-slim-bookworm AS build

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /venv
COPY . .
RUN /venv/bin/pip install --constraint constraints.txt . \
    && /venv/bin/python -m compileall -q /venv/lib/python3.11/site-packages


FROM python:3.11-slim-bookworm

RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin shopsmart \
    && install --directory --owner=shopsmart /data
COPY --from=build /venv /venv
COPY deploy/gunicorn.conf.py /app/deploy/gunicorn.conf.py
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SHOPSMART_ENV=production \
    SHOPSMART_HOST=0.0.0.0 \
    SHOPSMART_PORT=8000 \
    SHOPSMART_DATA=/tmp/shopsmart
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "wsgi:app"]
