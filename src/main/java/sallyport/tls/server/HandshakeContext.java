package sallyport.tls.server;

import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;
import sallyport.config.listener.TlsListenerConfig;
import sallyport.net.Peers;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.TlsMetrics;
import sallyport.tls.clients.ClientCheck;
import sallyport.tls.failure.HandshakeRefusal;
import sallyport.tls.policy.Negotiated;
import sallyport.tls.policy.TlsPolicy;
import sallyport.tls.tickets.TicketKeys;

/** Parts that all handshakes of one listener share. Any thread. */
record HandshakeContext(
    TlsListenerConfig listener,
    TlsPolicy policy,
    TicketKeys tickets,
    ClientCheck clients,
    TlsMetrics metrics,
    AuditLog audit,
    MissingCertificate missing) {

  /**
   * Counts and audits a handshake that was refused or failed.
   *
   * @param detail nothing that the client chose freely
   * @param serverName null where the client has named none
   */
  void refused(
      Channel connection, HandshakeRefusal refusal, String detail, @Nullable String serverName) {
    metrics.handshakeFailed(refusal.flag());
    audit.record(
        new AuditEvent.HandshakeRefused(
            listener.name(), Peers.client(connection), refusal.flag(), detail, serverName));
  }

  /** Counts and audits a handshake whose outcome the policy does not allow. */
  void violated(Channel connection, Negotiated negotiated) {
    metrics.handshakeFailed(HandshakeRefusal.POLICY_VIOLATED.flag());
    audit.record(
        new AuditEvent.PolicyViolated(
            listener.name(),
            Peers.client(connection),
            policy.label(),
            negotiated.version(),
            negotiated.cipher(),
            negotiated.group()));
  }
}
