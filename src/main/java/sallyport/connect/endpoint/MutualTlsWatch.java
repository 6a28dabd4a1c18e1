package sallyport.connect.endpoint;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.UpstreamTlsConfig.WhenNotAsked;
import sallyport.logging.LogRateLimit;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditLog;

/**
 * Record of the endpoints of a backend that ask for the gateway's certificate, by address. It
 * writes a line to the log and the audit log at the first handshake with an address, and at each
 * change.
 *
 * <p>Any thread.
 */
final class MutualTlsWatch {
  private static final Logger LOG = LoggerFactory.getLogger(MutualTlsWatch.class);

  private final BackendConfig config;
  private final AuditLog audit;

  /**
   * Limit of remembered addresses, since the addresses of names may change; above it all are
   * reported again.
   */
  private static final int MAX_ADDRESSES = 1000;

  /** Line to the log, limited for addresses that change often. */
  private record Line(String endpoint, boolean certificateSent) {}

  private final Map<Line, LogRateLimit> lines = new ConcurrentHashMap<>();

  private final Map<String, Boolean> sent = new ConcurrentHashMap<>();

  MutualTlsWatch(BackendConfig config, AuditLog audit) {
    this.config = config;
    this.audit = audit;
  }

  /**
   * Records a finished handshake.
   *
   * @param endpoint its name, and of a name the address
   * @param certificateSent false when the endpoint did not ask for the certificate
   * @return whether the endpoint may be used
   */
  boolean saw(String endpoint, boolean certificateSent) {
    boolean used =
        certificateSent
            || config.tls().stream().anyMatch(tls -> tls.whenNotAsked() == WhenNotAsked.WARN);
    if (!Objects.equals(sent.get(endpoint), certificateSent)
        && !Objects.equals(sent.put(endpoint, certificateSent), certificateSent)) {
      if (sent.size() > MAX_ADDRESSES) {
        sent.clear();
        lines.clear();
      }
      tell(endpoint, certificateSent, used);
    }
    return used;
  }

  private void tell(String endpoint, boolean certificateSent, boolean used) {
    audit.record(
        new AuditEvent.BackendMutualTls(
            config.name(), endpoint, certificateSent ? "sent" : "not_asked", !used));
    LogRateLimit limit =
        lines.computeIfAbsent(new Line(endpoint, certificateSent), line -> new LogRateLimit());
    if (certificateSent) {
      limit.write(
          leftOut ->
              LOG.info(
                  "backend {}: endpoint {} asked for the gateway's certificate and got it{}",
                  config.name(),
                  endpoint,
                  LogRateLimit.suffix(leftOut)));
    } else {
      limit.write(
          leftOut ->
              LOG.warn(
                  config
                      .location()
                      .problem(
                          "endpoint "
                              + endpoint
                              + " does not ask for the gateway's certificate, so that TLS to it is not"
                              + " mutual; "
                              + (used
                                  ? "it is used all the same (tls.when-not-asked = warn)"
                                  : "it is refused (tls.when-not-asked = refuse)")
                              + ". Have the backend demand a client certificate in each"
                              + " handshake; to ask for it later, for some paths only, is not"
                              + " supported"
                              + LogRateLimit.suffix(leftOut))));
    }
  }
}
