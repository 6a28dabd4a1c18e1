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
    for (ListenerConfig.Streams streams : after.streams()) {
      switch (streams) {
        case ListenerConfig.Stream tls -> find(tls, before, lines);
        case ListenerConfig.LocalStream local -> local(local, before, lines);
      }
    }
  }

  private static void local(
      ListenerConfig.LocalStream local, GatewayConfig before, List<String> lines) {
    WeakeningList findings = new WeakeningList("listener " + local.name(), lines);
    ListenerConfig.LocalStream old =
        Succession.counterpart(ListenerConfig.LocalStream.class, local, before);
    if (old == null) {
      findings.add("new, and takes plain TCP of this machine");
    } else {
      common(old, local, findings);
    }
  }

  private static void find(ListenerConfig.Stream stream, GatewayConfig before, List<String> lines) {
    ListenerConfig.Stream old = Succession.counterpart(ListenerConfig.Stream.class, stream, before);
    if (old != null) {
      compare(old, stream, new WeakeningList("listener " + stream.name(), lines));
    } else {
      NewListener.measure(
          stream,
          before.streams().stream()
              .filter(ListenerConfig.Stream.class::isInstance)
              .map(ListenerConfig.Stream.class::cast)
              .toList(),
          StreamWeakening::compare,
          "new, and none forwarded streams before",
          lines);
    }
  }

  private static void compare(
      ListenerConfig.Stream before, ListenerConfig.Stream after, WeakeningList findings) {
    ListenerWeakening.tls(before.tls(), after.tls(), findings);
    common(before, after, findings);
  }

  /** Compares what two listeners of one kind have beside TLS. */
  private static <L extends Record & ListenerConfig.Streams> void common(
      L before, L after, WeakeningList findings) {
    ListenerWeakening.common(before, after, findings);
    DeclaredLimits.find("", before, after, findings);
    // All of a backend is open to a stream: another one is opened to these clients.
    Set<String> opened = new TreeSet<>(after.stream().forwardTo().backends());
    opened.removeAll(before.stream().forwardTo().backends());
    if (!opened.isEmpty()) {
      findings.add("forward-to opens backend " + String.join(", ", opened));
    }
  }
}
