package sallyport.admin;

import java.util.List;
import java.util.function.Consumer;
import sallyport.logging.json.JsonDocument;

/** Status for programs: one JSON object, whose members docs/observability.md lists. */
final class StatusJson {
  /** Goes up when a member changes its meaning or goes away; new members do not count. */
  private static final int FORMAT = 1;

  private StatusJson() {}

  /** Returns the object, with a line end. */
  static String of(GatewayStatus status) {
    JsonDocument json = new JsonDocument();
    json.object(
        () -> {
          json.member("format", FORMAT);
          json.member("version", status.version());
          json.member("readiness", status.readiness());
          json.member("time", status.now().toString());
          json.member("started", status.started().toString());
          json.member(
              "uptime_seconds", status.now().getEpochSecond() - status.started().getEpochSecond());
          json.member("transport", status.transport());
          json.member("event_loops", status.eventLoops());
          json.key("configuration");
          json.object(
              () -> {
                json.member("file", status.configuration());
                json.member("sha256", status.sha256());
              });
          GatewayStatus.Reload reload = status.reload();
          if (reload != null) {
            json.key("last_reload");
            json.object(
                () -> {
                  json.member("time", reload.at().toString());
                  json.member("trigger", reload.trigger());
                  json.member("outcome", reload.outcome());
                  json.key("lines");
                  json.array(() -> reload.lines().forEach(json::value));
                });
          }
          array(
              json,
              "refused",
              status.refused(),
              refusal -> {
                json.member("of", refusal.of());
                json.key("problems");
                json.array(() -> refusal.problems().forEach(json::value));
              });
          parts(json, status);
        });
    return json + "\n";
  }

  private static void parts(JsonDocument json, GatewayStatus status) {
    array(
        json,
        "listeners",
        status.listeners(),
        listener -> {
          json.member("name", listener.name());
          json.member("address", listener.address());
          json.member("does", listener.does());
          json.member("policy", listener.policy());
          json.member("client_certificates", listener.clientCertificates());
        });
    array(
        json,
        "routes",
        status.routes(),
        route -> {
          json.member("name", route.name());
          json.member("host", route.host());
          json.member("path", route.path());
          json.member("backend", route.backend());
          json.member("limits", route.limits());
        });
    array(
        json,
        "endpoints",
        status.endpoints(),
        endpoint -> {
          json.member("backend", endpoint.backend());
          json.member("endpoint", endpoint.name());
          json.member("address", endpoint.address());
          json.member("state", endpoint.state());
          json.member("detail", endpoint.detail());
          json.member("health", endpoint.health());
          json.member("weight", endpoint.weight());
          json.member("backup", endpoint.backup());
          json.member("requests", endpoint.requests());
          json.member("verified_name", endpoint.verifiedName());
          json.member("policy", endpoint.policy());
        });
    array(
        json,
        "certificates",
        status.certificates(),
        certificate -> {
          json.member("owner", certificate.owner());
          json.member("use", certificate.use());
          json.member("subject", certificate.subject());
          json.member("names", certificate.names());
          json.member("key", certificate.key());
          json.member("sha256", certificate.sha256());
          json.member("not_after", certificate.notAfter().toString());
          json.member("days_left", certificate.daysLeft());
        });
    array(
        json,
        "accounts",
        status.accounts(),
        account -> {
          json.member("name", account.name());
          json.member("leader", account.leader());
          json.member("leads", account.leads());
        });
  }

  private static <T> void array(JsonDocument json, String name, List<T> all, Consumer<T> members) {
    json.key(name);
    json.array(() -> all.forEach(each -> json.object(() -> members.accept(each))));
  }
}
