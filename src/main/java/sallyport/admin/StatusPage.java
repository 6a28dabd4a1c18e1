package sallyport.admin;

import java.util.List;

/** Status page for browsers. */
final class StatusPage {
  /**
   * @param columns the headings
   * @param rows as many cells each as there are columns
   */
  private record Table(String title, List<String> columns, List<List<String>> rows) {}

  private StatusPage() {}

  /** Returns one HTML page without scripts or outside resources. */
  static String of(GatewayStatus status) {
    StringBuilder page = new StringBuilder(4096);
    page.append("<!doctype html><html lang=en><meta charset=utf-8><title>Sallyport</title>")
        .append("<style>body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:70em;")
        .append("padding:0 1em;color:#222}table{border-collapse:collapse;width:100%;")
        .append("margin-bottom:2em}th,td{text-align:left;padding:.3em .8em .3em 0;")
        .append("border-bottom:1px solid #ddd;vertical-align:top;overflow-wrap:anywhere}")
        .append("h2{font-size:1.1em}</style><h1>Sallyport</h1>")
        .append("<p><a href=/metrics>metrics</a> &middot; <a href=/readyz>readiness</a></p>");
    for (GatewayStatus.Refusal refusal : status.refused()) {
      page.append("<p>Refused, what was in use stays: ").append(escape(refusal.of()));
      refusal.problems().forEach(line -> page.append("<br>").append(escape(line)));
      page.append("</p>");
    }
    for (Table table : tables(status)) {
      page.append("<h2>").append(escape(table.title())).append("</h2><table><tr>");
      table.columns().forEach(c -> page.append("<th>").append(escape(c)));
      for (List<String> row : table.rows()) {
        page.append("<tr>");
        row.forEach(cell -> page.append("<td>").append(escape(cell)));
      }
      page.append("</table>");
    }
    return page.append("</html>\n").toString();
  }

  private static List<Table> tables(GatewayStatus status) {
    return List.of(
        new Table(
            "Gateway",
            List.of(
                "version",
                "up for",
                "transport",
                "event loops",
                "configuration",
                "sha256",
                "last reload"),
            List.of(
                List.of(
                    status.version(),
                    StatusText.uptime(status),
                    status.transport(),
                    Integer.toString(status.eventLoops()),
                    status.configuration(),
                    status.sha256(),
                    StatusText.reload(status)))),
        new Table(
            "Listeners",
            List.of("name", "address", "does", "policy", "client certificates"),
            status.listeners().stream()
                .map(
                    l ->
                        List.of(
                            l.name(), l.address(), l.does(), l.policy(), l.clientCertificates()))
                .toList()),
        new Table(
            "Routes",
            List.of("name", "host", "path", "backend", "limits"),
            status.routes().stream()
                .map(r -> List.of(r.name(), r.host(), r.path(), r.backend(), r.limits()))
                .toList()),
        new Table(
            "Backends",
            List.of(
                "name",
                "endpoint",
                "weight",
                "state",
                "health",
                "requests",
                "verified name",
                "policy"),
            status.endpoints().stream()
                .map(
                    e ->
                        List.of(
                            e.backend(),
                            e.described(),
                            e.share(),
                            e.detail(),
                            e.health(),
                            Integer.toString(e.requests()),
                            e.verifiedName(),
                            e.policy()))
                .toList()),
        new Table(
            "Certificates",
            List.of("owner", "use", "subject", "names", "key", "SHA-256", "expires", "days left"),
            status.certificates().stream()
                .map(
                    c ->
                        List.of(
                            c.owner(),
                            c.use(),
                            c.subject(),
                            c.names(),
                            c.key(),
                            c.sha256(),
                            c.notAfter().toString(),
                            Long.toString(c.daysLeft())))
                .toList()),
        new Table(
            "ACME accounts",
            List.of("name", "certificates are ordered by"),
            status.accounts().stream().map(a -> List.of(a.name(), a.described())).toList()));
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
