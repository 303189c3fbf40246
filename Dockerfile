# Builds with the development packages, ships none of them: the bundles of dist/bin need no node_modules.
FROM node:24-slim AS build
WORKDIR /src
COPY package.json package-lock.json tsconfig.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build

FROM node:24-slim
LABEL org.opencontainers.image.licenses=Apache-2.0
WORKDIR /app
COPY --from=build /src/package.json /src/LICENSE ./
COPY --from=build /src/dist/bin dist/bin
COPY --from=build /src/policies policies
USER node
ENV NODE_ENV=production
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/v1/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/bin/nomad-autoscaler.js"]
CMD ["agent", "-http-bind-address=0.0.0.0"]
