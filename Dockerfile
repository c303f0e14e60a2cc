# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source

COPY Directory.Build.props Directory.Packages.props .editorconfig BannedSymbols.txt ./
COPY protocol/ protocol/
COPY shim/ shim/
COPY kubernetes/ kubernetes/
COPY crds/ crds/
COPY config/ config/
COPY operator/ operator/
RUN dotnet publish operator -c Release -o /app -p:UseAppHost=false -p:DebugType=none --nologo

# Chiselled: no shell, no package manager, user 1654.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
WORKDIR /app
COPY --from=build /app .
USER $APP_UID
EXPOSE 5050
ENTRYPOINT ["dotnet", "/app/mesos-bridge.dll"]
CMD ["serve"]
