# The image of the service: built with Swift on Debian, run on a slim Debian by a user without rights, which writes
# nothing. `--target load` is the load generator instead.
FROM swift:6.3.1-bookworm AS source
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpq-dev libhiredis-dev libssl-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY Package.swift ./
COPY Tests Tests
COPY LoadTest LoadTest
COPY Sources Sources

FROM source AS build
ARG FLASHSALE_HEAP_PROFILE
RUN swift build -c release --static-swift-stdlib --product flashsale -Xswiftc -enforce-exclusivity=unchecked \
    && install -D -m 755 .build/release/flashsale /out/flashsale

FROM source AS build-load
RUN swift build -c release --static-swift-stdlib --product flashsale-load \
    && install -D -m 755 .build/release/flashsale-load /out/flashsale-load

FROM debian:bookworm-slim AS runtime
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libhiredis0.14 libpq5 libssl3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin flashsale
USER 10001:10001

FROM runtime AS load
COPY --from=build-load /out/flashsale-load /usr/local/bin/flashsale-load
# Journal and reports go to the working directory.
WORKDIR /tmp
EXPOSE 9465
ENTRYPOINT ["flashsale-load"]

FROM runtime AS app
COPY --from=build /out/flashsale /usr/local/bin/flashsale
# The API, and metrics with health and profiles.
EXPOSE 8080 9464
# SIGTERM ends it in order: not ready first, then no new connections, then the requests that are under way.
STOPSIGNAL SIGTERM
ENTRYPOINT ["flashsale"]
CMD ["serve"]
