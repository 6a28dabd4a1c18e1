package sallyport.comply.change;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import sallyport.comply.change.findings.DeclaredLimits;
import sallyport.comply.change.findings.WeakeningList;
import sallyport.config.GatewayConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.stream.StreamReader;

/** Loosened settings of listeners of TCP streams, and access that a new one opens. */
final class StreamWeakening {
  private StreamWeakening() {}

  static void find(GatewayConfig before, GatewayConfig after, List<String> lines) {
    for (ListenerConfig.Streams streams : after.streams()) {
      switch (streams) {
        case ListenerConfig.Stream tls -> find(tls, before, lines);
        case ListenerConfig.LocalStream local ->
            unlessNew(
                ListenerConfig.LocalStream.class,
                local,
                "new, and takes plain TCP of this machine",
                before,
                lines);
        case ListenerConfig.PassThrough passes ->
            unlessNew(
                ListenerConfig.PassThrough.class,
                passes,
                "new, and passes TLS that is not opened here",
                before,
                lines);
      }
    }
  }

  /** Compares a listener without TLS of the gateway, which is an opening where it is new. */
  private static <L extends Record & ListenerConfig.Streams> void unlessNew(
      Class<L> kind, L listener, String opening, GatewayConfig before, List<String> lines) {
    WeakeningList findings = new WeakeningList("listener " + listener.name(), lines);
    L old = Succession.counterpart(kind, listener, before);
    if (old == null) {
      findings.add(opening);
    } else {
      common(old, listener, findings);
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
      String key =
          after instanceof ListenerConfig.PassThrough
              ? StreamReader.PASS_THROUGH
              : StreamReader.FORWARD_TO;
      findings.add(key + " opens backend " + String.join(", ", opened));
    }
  }
}
