package sallyport.gateway.reload;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import sallyport.gateway.runtime.GatewayRuntime;

/** Differences between two runtimes, in lines for people. */
final class Changes {
  private Changes() {}

  static List<String> between(GatewayRuntime before, GatewayRuntime after, List<String> loosened) {
    List<String> lines = new ArrayList<>();
    lines.add("configuration: in use, SHA-256 " + after.config().sha256());
    compare("listener", before.listeners(), after.listeners(), lines);
    compare("backend", before.upstreams(), after.upstreams(), lines);
    loosened.forEach(what -> lines.add("less strict: " + what));
    return lines;
  }

  /**
   * Returns whether a line says of a part that it is unchanged, and means its certificates, where
   * these changes say that it has changed.
   */
  static boolean contradicts(List<String> changes, String line) {
    String end = ": unchanged";
    return line.endsWith(end)
        && changes.contains(line.substring(0, line.length() - end.length()) + ": changed");
  }

  private static <T> void compare(
      String kind, Map<String, T> before, Map<String, T> after, List<String> lines) {
    after.forEach(
        (name, part) -> {
          T old = before.get(name);
          if (old == null) {
            lines.add(kind + " " + name + ": added");
          } else if (!old.equals(part)) {
            lines.add(kind + " " + name + ": changed");
          }
        });
    before
        .keySet()
        .forEach(
            name -> {
              if (!after.containsKey(name)) {
                lines.add(kind + " " + name + ": removed");
              }
            });
  }
}
