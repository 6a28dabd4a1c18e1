package sallyport.comply.change;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import sallyport.comply.change.findings.DeclaredLimits;
import sallyport.comply.change.findings.WeakeningList;
import sallyport.config.GatewayConfig;
import sallyport.config.listener.ListenerConfig;

/** Loosened settings of listeners of TCP streams, and access that a new one opens. */
final class StreamWeakening {
  private StreamWeakening() {}

  static void find(GatewayConfig before, GatewayConfig after, List<String> lines) {
    after.streams().forEach(stream -> find(stream, before, lines));
  }

  private static void find(ListenerConfig.Stream stream, GatewayConfig before, List<String> lines) {
    ListenerConfig.Stream old = Succession.counterpart(ListenerConfig.Stream.class, stream, before);
    if (old != null) {
      compare(old, stream, new WeakeningList("listener " + stream.name(), lines));
    } else {
      NewListener.measure(
          stream,
          before.streams(),
          StreamWeakening::compare,
          "new, and none forwarded streams before",
          lines);
    }
  }

  private static void compare(
      ListenerConfig.Stream before, ListenerConfig.Stream after, WeakeningList findings) {
    ListenerWeakening.common(before, after, findings);
    ListenerWeakening.tls(before.tls(), after.tls(), findings);
    DeclaredLimits.find("", before, after, findings);
    // All of a backend is open to a stream: another one is opened to these clients.
    Set<String> opened = new TreeSet<>(after.stream().forwardTo().backends());
    opened.removeAll(before.stream().forwardTo().backends());
    if (!opened.isEmpty()) {
      findings.add("forward-to opens backend " + String.join(", ", opened));
    }
  }
}
