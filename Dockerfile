# Two images: `--target service` and `--target simulator`. Both run as a non-root user, without a shell.
# `npm run images -- --write` renews the digests. There is no `# syntax` line: it would fetch another image, and nothing here needs it.

FROM node:24.21.0-trixie-slim@sha256:173f125896c3b47ddf056734c7ea789d04595a6a08769a8f78e0df642781fb66 AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json nest-cli.json ./
COPY scripts/node-version.cjs scripts/bundle.ts scripts/page.ts scripts/sbom.ts scripts/
COPY scripts/supply scripts/supply
COPY apps apps
COPY libs libs
RUN npm run build && npm run sbom && npm prune --omit=dev --omit=optional --ignore-scripts

FROM gcr.io/distroless/nodejs24-debian13:nonroot@sha256:9eeb7f5887d0e239e78264b06f7f11d2e14be534050481803a9e4728fcdd278e AS base
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build --chown=root:root /app/package.json ./
COPY --from=build --chown=root:root /app/node_modules node_modules
COPY --from=build --chown=root:root /app/dist/sbom.cdx.json ./
# nonroot, as a number: Kubernetes can not see that a name is not root.
USER 65532:65532

FROM base AS simulator
COPY --from=build --chown=root:root /app/dist/apps/simulator/src dist/apps/simulator/src
ENV SIMULATOR_HOST=0.0.0.0
EXPOSE 4010
HEALTHCHECK --interval=5s --timeout=2s --start-period=5s CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:4010/_sim').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["--enable-source-maps", "dist/apps/simulator/src/main.js"]

FROM base AS service
# As in ops/kubernetes/base/deployment.yaml, which fits them to its memory limit.
ENV NODE_OPTIONS="--max-old-space-size=192"
COPY --from=build --chown=root:root /app/dist/apps/resend/bundle dist/apps/resend/bundle
EXPOSE 8080 9090
HEALTHCHECK --interval=5s --timeout=2s --start-period=10s CMD ["/nodejs/bin/node", "dist/apps/resend/bundle/health-check.js"]
CMD ["dist/apps/resend/bundle/main.js"]
