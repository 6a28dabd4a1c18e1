package sallyport.observe.audit;

import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.time.temporal.ChronoUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.logging.BatchingAppender;
import sallyport.logging.Log;
import sallyport.logging.json.JsonLine;

/**
 * Audit log of one JSON line a security event, through the logger {@code sallyport.audit}. Any
 * thread; no locks.
 */
final class JsonAuditLog implements Predicate<AuditEvent> {
  private static final Logger LOG = LoggerFactory.getLogger(Log.AUDIT.logger());

  /** Line, and whether it was accepted. Belongs to the thread that logs it. */
  private static final class Line implements BatchingAppender.Receipt {
    private final String text;
    private boolean taken = true;

    Line(String text) {
      this.text = text;
    }

    @Override
    public void lost() {
      taken = false;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** Returns false where the line is lost, because the queue is full. */
  @Override
  public boolean test(AuditEvent event) {
    Line line = new Line(line(event).end());
    LOG.info("{}", line);
    return line.taken;
  }

  private static JsonLine line(AuditEvent event) {
    return switch (event) {
      case AuditEvent.Repeated e -> line(e.last()).field("count", e.count());
      case AuditEvent.HandshakeRefused e ->
          begin("handshake-refused")
              .field("listener", e.listener())
              .field("client", e.client().text())
              .field("proxy", e.client().proxyText())
              .field("reason", e.reason())
              .field("detail", e.detail())
              .field("server_name", e.serverName());
      case AuditEvent.ClientCut e ->
          begin("client-cut")
              .field("listener", e.listener())
              .field("client", e.client().text())
              .field("proxy", e.client().proxyText())
              .field("fingerprint", e.fingerprint());
      case AuditEvent.ClientExpired e ->
          begin("client-expired")
              .field("listener", e.listener())
              .field("client", e.client().text())
              .field("proxy", e.client().proxyText())
              .field("fingerprint", e.fingerprint())
              .field("ended", e.ended().toString());
      case AuditEvent.AccessRefused e ->
          begin("access-refused")
              .field("listener", e.listener())
              .field("client", e.client().text())
              .field("proxy", e.client().proxyText())
              .field("route", e.route())
              .field("reason", e.reason())
              .field("detail", e.detail())
              .field("fingerprint", e.fingerprint());
      case AuditEvent.PolicyViolated e ->
          begin("policy-violated")
              .field("listener", e.listener())
              .field("client", e.client().text())
              .field("proxy", e.client().proxyText())
              .field("policy", e.policy())
              .field("version", e.version())
              .field("cipher", e.cipher())
              .field("group", e.group());
      case AuditEvent.BackendRefused e ->
          begin("backend-refused")
              .field("backend", e.backend())
              .field("endpoint", e.endpoint())
              .field("reason", e.reason())
              .field("detail", e.detail());
      case AuditEvent.ResponseRefused e ->
          begin("response-refused")
              .field("backend", e.backend())
              .field("endpoint", e.endpoint())
              .field("reason", e.reason());
      case AuditEvent.BackendMutualTls e ->
          begin("backend-mutual-tls")
              .field("backend", e.backend())
              .field("endpoint", e.endpoint())
              .field("client_certificate", e.clientCertificate())
              .field("outcome", e.refused() ? "refused" : "used");
      case AuditEvent.KeyOpened e ->
          begin(e.usable() ? "key-opened" : "key-refused")
              .field("use", e.use())
              .field("source", e.source())
              .field("algorithm", e.algorithm())
              .field("fingerprint", e.fingerprint());
      case AuditEvent.KeyUsed e ->
          begin("key-used")
              .field("use", e.use())
              .field("source", e.source())
              .field("fingerprint", e.fingerprint());
      case AuditEvent.OwnCertificateRevoked e ->
          begin("own-certificate-revoked")
              .field("source", e.source())
              .field("fingerprint", e.fingerprint())
              .field("since", e.since())
              .field("reason", e.reason());
      case AuditEvent.SignatureRefused e ->
          begin("signature-refused")
              .field("use", e.use())
              .field("source", e.source())
              .field("fingerprint", e.fingerprint())
              .field("reason", e.reason())
              .field("detail", e.detail());
      case AuditEvent.TokenAway e ->
          begin("token-away")
              .field("token", e.token())
              .field("module", e.module())
              .field("detail", e.detail());
      case AuditEvent.TokenBack e ->
          begin("token-back").field("token", e.token()).field("module", e.module());
      case AuditEvent.CrlEnded e ->
          begin("crl-ended")
              .field("owner", e.owner())
              .field("list", e.list())
              .field("next_update", e.nextUpdate().toString())
              .field("mode", e.mode());
      case AuditEvent.KeysRotated e ->
          begin("keys-rotated")
              .field("use", e.use())
              .field("name", e.name())
              .field("trigger", e.trigger())
              .field("from", String.join(" ", e.from()))
              .field("to", String.join(" ", e.to()))
              .field("loosened", e.loosened().isEmpty() ? null : String.join("; ", e.loosened()))
              .field("reason", e.reason());
      case AuditEvent.RotationRefused e ->
          begin("rotation-refused")
              .field("use", e.use())
              .field("name", e.name())
              .field("trigger", e.trigger())
              .field("problems", String.join("; ", e.problems()));
      case AuditEvent.CertificateEnding e ->
          begin(e.daysLeft() < 0 ? "certificate-expired" : "certificate-expiring")
              .field("subject", e.subject())
              .field("fingerprint", e.fingerprint())
              .field("not_after", e.notAfter().toString())
              .field("days_left", e.daysLeft())
              .field("places", String.join("; ", e.places()));
      case AuditEvent.ExceptionEnding e ->
          begin(e.ended() ? "exception-ended" : "exception-ending")
              .field("backend", e.backend())
              .field("allowed", e.allowed())
              .field("owner", e.owner())
              .field("expires", e.expires().toString())
              .field("days_left", e.daysLeft());
      case AuditEvent.AcmeAccountMade e ->
          begin("acme-account-made")
              .field("account", e.account())
              .field("directory", e.directory());
      case AuditEvent.AcmeOrdered e ->
          begin("acme-ordered")
              .field("account", e.account())
              .field("names", String.join(" ", e.names()));
      case AuditEvent.AcmeIssued e ->
          begin(e.renewed() ? "acme-renewed" : "acme-issued")
              .field("account", e.account())
              .field("names", String.join(" ", e.names()))
              .field("fingerprint", e.fingerprint())
              .field("serial", e.serial())
              .field("not_after", e.notAfter().toString());
      case AuditEvent.AcmeFailed e ->
          begin("acme-failed")
              .field("account", e.account())
              .field("names", String.join(" ", e.names()))
              .field("problem", e.problem())
              .field("detail", e.detail())
              .field("next_try", e.nextTry().truncatedTo(ChronoUnit.MILLIS).toString());
      case AuditEvent.PlainBody e ->
          begin("plain-body")
              .field("listener", e.listener())
              .field("client", e.client().text())
              .field("proxy", e.client().proxyText())
              .field("method", e.method())
              .field("host", e.host());
      case AuditEvent.RequestRefused e ->
          begin("request-refused")
              .field("listener", e.listener())
              .field("client", e.client().text())
              .field("proxy", e.client().proxyText())
              .field("reason", e.reason());
      case AuditEvent.AmbiguousRoute e ->
          begin("ambiguous-route")
              .field("listener", e.listener())
              .field("client", e.client().text())
              .field("proxy", e.client().proxyText())
              .field("reason", e.reason())
              .field("route", e.route())
              .field("folded_route", e.foldedRoute());
      case AuditEvent.ConnectionRefused e ->
          begin("connections-refused")
              .field("listener", e.listener())
              .field("client", e.client().text())
              .field("proxy", e.client().proxyText())
              .field("reason", e.reason());
      case AuditEvent.ProxyHeaderRefused e ->
          begin("proxy-header-refused")
              .field("listener", e.listener())
              .field("proxy", address(e.proxy()));
      case AuditEvent.Http2Aborted e ->
          begin("http2-aborted")
              .field("listener", e.listener())
              .field("client", e.client().text())
              .field("proxy", e.client().proxyText())
              .field("reason", e.reason());
      case AuditEvent.ConfigReloaded e ->
          begin("config-reloaded")
              .field("trigger", e.trigger())
              .field("configuration", e.configuration())
              .field("from", e.from())
              .field("to", e.to())
              .field("loosened", String.join("; ", e.loosened()))
              .field("reason", e.reason());
      case AuditEvent.ConfigLoosened e ->
          begin("config-loosened")
              .field("trigger", e.trigger())
              .field("to", e.to())
              .field("what", e.what())
              .field("reason", e.reason());
      case AuditEvent.ConfigRefused e ->
          begin("config-refused")
              .field("trigger", e.trigger())
              .field("configuration", e.configuration())
              .field("from", e.from())
              .field("to", e.to())
              .field("problems", String.join("; ", e.problems()))
              .field("loosened", String.join("; ", e.loosened()));
      case AuditEvent.ControlUsed e ->
          begin("control-used")
              .field("operator", e.operator())
              .field("order", e.order())
              .field("object", e.object())
              .field("reason", e.reason())
              .field("outcome", e.outcome());
      case AuditEvent.ControlRefused e ->
          begin("control-refused")
              .field("listener", e.listener())
              .field("operator", e.operator())
              .field("path", e.path())
              .field("reason", e.reason());
      case AuditEvent.HandOver e ->
          begin(name(e.outcome()))
              .field("process", e.process())
              .field("user", Integer.toUnsignedLong(e.user()))
              .field("listeners", String.join(" ", e.listeners()))
              .field("reason", e.reason());
      case AuditEvent.Started e ->
          begin("started")
              .field("version", e.version())
              .field("configuration", e.configuration())
              .field("sha256", e.sha256());
      case AuditEvent.Stopping e ->
          begin("stopping")
              .field("lame_duck_ms", e.lameDuckMillis())
              .field("drain_ms", e.drainMillis());
      case AuditEvent.Stopped e -> begin("stopped").field("cut", e.cut());
    };
  }

  private static String name(AuditEvent.HandOver.Outcome outcome) {
    return switch (outcome) {
      case TAKEN -> "took-over";
      case GIVEN -> "handed-over";
      case FAILED -> "hand-over-failed";
      case REFUSED -> "hand-over-refused";
    };
  }

  private static JsonLine begin(String event) {
    return new JsonLine()
        .field("log", "audit")
        .time("time", System.currentTimeMillis())
        .field("event", event);
  }

  private static String address(InetSocketAddress address) {
    return NetUtil.toSocketAddressString(address);
  }
}
