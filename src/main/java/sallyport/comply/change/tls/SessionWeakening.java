package sallyport.comply.change.tls;

import sallyport.comply.change.findings.WeakeningList;
import sallyport.config.tls.ServerTlsConfig;
import sallyport.config.tls.TicketSourceConfig;

/**
 * Loosened settings of session resumption. A ticket key that is known opens more sessions the
 * longer it is in use and the more replicas share it.
 */
public final class SessionWeakening {
  private SessionWeakening() {}

  public static void find(ServerTlsConfig before, ServerTlsConfig after, WeakeningList findings) {
    TicketSourceConfig old = before.tickets().source();
    TicketSourceConfig next = after.tickets().source();
    if (places(next) > places(old)) {
      findings.changed("tls.session-tickets.source", word(old), word(next));
    }
    if (old instanceof TicketSourceConfig.Derived derived
        && next instanceof TicketSourceConfig.Derived again) {
      findings.raised("tls.session-tickets.clock-skew", derived.clockSkew(), again.clockSkew());
    }
  }

  /** None, this process, or others too. */
  private static int places(TicketSourceConfig source) {
    return switch (source) {
      case TicketSourceConfig.Off off -> 0;
      case TicketSourceConfig.Memory memory -> 1;
      case TicketSourceConfig.Folder folder -> 2;
      case TicketSourceConfig.Derived derived -> 2;
    };
  }

  private static String word(TicketSourceConfig source) {
    return switch (source) {
      case TicketSourceConfig.Off off -> "off";
      case TicketSourceConfig.Memory memory -> "memory";
      case TicketSourceConfig.Folder folder -> "directory";
      case TicketSourceConfig.Derived derived -> "derived";
    };
  }
}
