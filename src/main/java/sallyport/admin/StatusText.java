package sallyport.admin;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Status for a terminal: lines of plain text in columns. */
final class StatusText {
  private StatusText() {}

  /** Returns the text, with a line end. */
  static String of(GatewayStatus status) {
    StringBuilder text = new StringBuilder(2048);
    text.append("sallyport ").append(status.version()).append(", ").append(status.readiness());
    text.append(", up for ").append(uptime(status)).append('\n');
    text.append("configuration ").append(status.configuration());
    text.append(", SHA-256 ").append(status.sha256()).append('\n');
    text.append("last reload: ").append(reload(status)).append('\n');
    GatewayStatus.Reload reload = status.reload();
    if (reload != null && reload.outcome().equals("refused")) {
      reload.lines().forEach(line -> text.append("  ").append(plain(line)).append('\n'));
    }
    for (GatewayStatus.Refusal refusal : status.refused()) {
      text.append("refused, what was in use stays: ").append(plain(refusal.of())).append('\n');
      refusal.problems().forEach(line -> text.append("  ").append(plain(line)).append('\n'));
    }
    table(
        text,
        List.of("LISTENER", "ADDRESS", "DOES"),
        status.listeners().stream().map(l -> List.of(l.name(), l.address(), l.does())).toList());
    table(
        text,
        List.of("BACKEND", "ENDPOINT", "WEIGHT", "STATE", "HEALTH", "REQUESTS"),
        status.endpoints().stream()
            .map(
                e ->
                    List.of(
                        e.backend(),
                        e.described(),
                        e.share(),
                        e.detail(),
                        e.health(),
                        Integer.toString(e.requests())))
            .toList());
    table(
        text,
        List.of("CERTIFICATE", "USE", "DAYS LEFT", "SUBJECT"),
        status.certificates().stream()
            .map(c -> List.of(c.owner(), c.use(), Long.toString(c.daysLeft()), c.subject()))
            .toList());
    table(
        text,
        List.of("ACCOUNT", "CERTIFICATES ARE ORDERED BY"),
        status.accounts().stream().map(a -> List.of(a.name(), a.described())).toList());
    return text.toString();
  }

  /** Returns for how long the gateway has served, in its two largest units. */
  static String uptime(GatewayStatus status) {
    Duration up = Duration.between(status.started(), status.now());
    if (up.toDays() > 0) {
      return up.toDays() + "d " + up.toHoursPart() + "h";
    }
    if (up.toHours() > 0) {
      return up.toHours() + "h " + up.toMinutesPart() + "m";
    }
    return up.toMinutes() > 0
        ? up.toMinutes() + "m " + up.toSecondsPart() + "s"
        : Math.max(0, up.toSeconds()) + "s";
  }

  /** Returns the outcome of the last reload. */
  static String reload(GatewayStatus status) {
    GatewayStatus.@Nullable Reload last = status.reload();
    return last == null
        ? "none since the start"
        : "%s at %s, by %s".formatted(last.outcome(), last.at(), last.trigger());
  }

  /** Adds rows in columns of the width of their longest cell. Adds nothing without a row. */
  private static void table(StringBuilder text, List<String> heads, List<List<String>> rows) {
    if (rows.isEmpty()) {
      return;
    }
    List<List<String>> all = new ArrayList<>();
    all.add(heads);
    rows.forEach(row -> all.add(row.stream().map(StatusText::plain).toList()));
    text.append('\n');
    for (List<String> row : all) {
      for (int i = 0; i < row.size(); i++) {
        String cell = row.get(i);
        text.append(cell);
        if (i < row.size() - 1) {
          int column = i;
          int width = all.stream().mapToInt(each -> each.get(column).length()).max().orElse(0);
          text.repeat(' ', width - cell.length() + 2);
        }
      }
      text.append('\n');
    }
  }

  /** Replaces what a terminal could take for a command. */
  private static String plain(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }
}
