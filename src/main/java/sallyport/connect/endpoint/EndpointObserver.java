package sallyport.connect.endpoint;

import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.cluster.MembershipListener;
import sallyport.cluster.Withdrawal;
import sallyport.config.backend.BackendConfig;
import sallyport.logging.LogRateLimit;
import sallyport.net.Failure;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.observe.metrics.UpstreamMetrics;
import sallyport.values.AddressText;
import sallyport.values.DurationText;

/**
 * Observer of the endpoints of one backend: it counts, audits, and logs at a limited rate.
 *
 * <p>The meters of an endpoint that has left go once its last connection has closed. Any thread.
 */
public final class EndpointObserver implements ConnectionObserver, MembershipListener {
  private static final Logger LOG = LoggerFactory.getLogger(EndpointObserver.class);

  /** The number of kept limits from which on all are forgotten: names get new addresses. */
  private static final int MAX_WARNINGS = 1000;

  /** Failures of identity, which are audited. */
  private static final Set<Failure.Upstream> IDENTITY_FAILURES =
      EnumSet.of(
          Failure.Upstream.TLS_UNTRUSTED,
          Failure.Upstream.TLS_NAME_MISMATCH,
          Failure.Upstream.TLS_PIN_MISMATCH,
          Failure.Upstream.TLS_EXPIRED,
          Failure.Upstream.TLS_WEAK_KEY,
          Failure.Upstream.TLS_REVOKED,
          Failure.Upstream.TLS_REVOCATION_UNKNOWN,
          Failure.Upstream.TLS_POLICY,
          Failure.Upstream.TLS_EXCEPTION_EXPIRED,
          Failure.Upstream.TLS_CERTIFICATE_AWAITED,
          Failure.Upstream.TLS_IDENTITY_REFUSED,
          Failure.Upstream.TLS_CERTIFICATE_NOT_ASKED,
          Failure.Upstream.TLS_HANDSHAKE,
          Failure.Upstream.LOCAL_PEER_REFUSED);

  /** Verdict of an endpoint on the gateway's certificate that follows the handshake (TLS 1.3). */
  private static final String ENDED = "the backend ended the connection after the handshake";

  private static final String ENDED_WHY =
      ENDED + "; does it trust who issued the gateway's certificate?";

  /** Endpoint with its address, as in the log line, and the failure. */
  private record Trouble(String where, Failure failure) {}

  private final BackendConfig backend;
  private final AuditLog audit;
  private final MutualTlsWatch mutualTls;
  private final GatewayMetrics gatewayMetrics;
  private final Map<Endpoint, UpstreamMetrics> metrics = new ConcurrentHashMap<>();

  /** Meters that no page shows, for endpoints that are forgotten. */
  private final UpstreamMetrics forgotten;

  /** Limits of log lines: a backend that is down under load must not cause one for each request. */
  private final Map<Trouble, LogRateLimit> warnings = new ConcurrentHashMap<>();

  public EndpointObserver(Cluster backend, GatewayMetrics gatewayMetrics, AuditLog audit) {
    this.backend = backend.config();
    this.audit = audit;
    this.mutualTls = new MutualTlsWatch(backend.config(), audit);
    this.gatewayMetrics = gatewayMetrics;
    this.forgotten = UpstreamMetrics.unseen();
    String name = backend.config().name();
    backend.panic().listen(new PanicObserver(name, gatewayMetrics.panicRequests(name)));
    backend.onMembership(this);
  }

  // ---- membership

  @Override
  public void joined(Endpoint endpoint) {
    metrics(endpoint);
  }

  @Override
  public void left(Endpoint endpoint) {
    metrics(endpoint).left();
    forgetUnconnected(endpoint);
  }

  /** Forgets the meters of an endpoint that has left, if none of its connections is open. */
  public void forgetUnconnected(Endpoint endpoint) {
    if (endpoint.hasLeft() && endpoint.isUnconnected()) {
      UpstreamMetrics meters = metrics.remove(endpoint);
      if (meters != null && meters.end()) {
        gatewayMetrics.forgetUpstream(backend.name(), endpoint.name(), endpoint.address());
      }
    }
  }

  /** Counts no more, but for connections that are still open. */
  public void close() {
    metrics.values().forEach(UpstreamMetrics::end);
  }

  /** Returns the meters of an endpoint of this backend. */
  public UpstreamMetrics metrics(Endpoint endpoint) {
    UpstreamMetrics known = metrics.get(endpoint);
    if (known != null) {
      return known;
    }
    // It may be chosen before this hears that it has joined, and used after it is forgotten.
    return endpoint.hasLeft() ? forgotten : metrics.computeIfAbsent(endpoint, this::begin);
  }

  private UpstreamMetrics begin(Endpoint endpoint) {
    UpstreamMetrics meters =
        gatewayMetrics.upstream(backend.name(), endpoint.name(), endpoint.address());
    meters.begin();
    meters.up(endpoint::isUp);
    meters.drained(() -> endpoint.isWithdrawn(Withdrawal.DRAINED));
    return meters;
  }

  // ---- what is observed

  /** Counts an exchange that got no connection: the endpoint has all it may have. */
  public void noPlace(Endpoint endpoint, Failure.Upstream failure) {
    metrics(endpoint).failed(failure.flag());
  }

  /**
   * Counts an exchange that failed on an established connection, and audits it if one side did not
   * accept the other.
   *
   * @param fault the rule that the response broke; null when that is not why
   */
  public void exchangeFailed(
      Endpoint endpoint, Failure.Upstream failure, Failure.@Nullable Response fault) {
    metrics(endpoint).failed(failure.flag());
    if (fault != null) {
      badResponse(endpoint, fault);
    }
    if (IDENTITY_FAILURES.contains(failure)) {
      audit(endpoint, failure, ENDED);
      warn(endpoint.name(), failure, ENDED_WHY);
    }
  }

  private void badResponse(Endpoint endpoint, Failure.Response fault) {
    metrics(endpoint).badResponse(fault.flag());
    audit.record(new AuditEvent.ResponseRefused(backend.name(), endpoint.name(), fault.flag()));
    limit(endpoint.name(), fault)
        .write(
            leftOut ->
                LOG.warn(
                    "backend {}: endpoint {}: refused a response: {}{}",
                    backend.name(),
                    endpoint.name(),
                    fault.flag(),
                    LogRateLimit.suffix(leftOut)));
  }

  @Override
  public void connected(Endpoint endpoint, long nanos) {
    metrics(endpoint).connected(nanos);
  }

  /** Counts a finished handshake. */
  @Override
  public boolean handshake(
      Endpoint endpoint,
      SocketAddress address,
      String version,
      boolean resumed,
      boolean certificateSent) {
    metrics(endpoint).handshake(version, resumed, certificateSent);
    return asksForCertificate(endpoint, address, certificateSent);
  }

  /**
   * Records whether an endpoint asks for the gateway's certificate, and returns whether to use it.
   */
  boolean asksForCertificate(Endpoint endpoint, SocketAddress address, boolean certificateSent) {
    return mutualTls.saw(at(endpoint, address), certificateSent);
  }

  /** Counts, audits and logs a connection that could not be opened. */
  @Override
  public void connectFailed(
      Endpoint endpoint,
      @Nullable SocketAddress address,
      Failure.Upstream failure,
      @Nullable String reason) {
    metrics(endpoint).failed(failure.flag());
    endpoint.failedAt(address == null ? "" : AddressText.of(address));
    if (reason != null && IDENTITY_FAILURES.contains(failure)) {
      audit(endpoint, failure, reason);
    } else if (failure == Failure.Upstream.TLS_IDENTITY_REFUSED) {
      audit(endpoint, failure, ENDED);
    }
    warn(at(endpoint, address), failure, reason == null ? words(failure) : reason);
  }

  /** Returns the text for a failure without an exception. */
  private String words(Failure.Upstream failure) {
    return switch (failure) {
      case CONNECT_TIMEOUT ->
          "no connection within connect-timeout, "
              + DurationText.of(backend.connectTimeout(), DurationText.Unit.values());
      case TLS_CERTIFICATE_NOT_ASKED ->
          "it does not ask for the gateway's certificate; see tls.when-not-asked";
      case TLS_POLICY -> "what was negotiated is not in the policy";
      case TLS_IDENTITY_REFUSED -> ENDED_WHY;
      case TLS_EXPIRED -> "its certificate has expired since the session began";
      case TLS_HANDSHAKE -> "it closed the connection";
      case PROTOCOL_MISMATCH -> "it speaks another protocol than the configured one";
      default -> "no reason is known";
    };
  }

  private void warn(String where, Failure.Upstream failure, String detail) {
    limit(where, failure)
        .write(
            leftOut ->
                LOG.warn(
                    "backend {}: cannot use endpoint {}: {}: {}{}",
                    backend.name(),
                    where,
                    failure.flag(),
                    detail,
                    LogRateLimit.suffix(leftOut)));
  }

  private LogRateLimit limit(String where, Failure failure) {
    if (warnings.size() >= MAX_WARNINGS) {
      warnings.clear();
    }
    return warnings.computeIfAbsent(new Trouble(where, failure), trouble -> new LogRateLimit());
  }

  /** Returns the endpoint, with the address if it has a name: a name may have several. */
  static String at(Endpoint endpoint, @Nullable SocketAddress address) {
    return address instanceof InetSocketAddress tcp && Addresses.fixed(endpoint.written()) == null
        ? endpoint.name() + " at " + NetUtil.toAddressString(tcp.getAddress())
        : endpoint.name();
  }

  /** Returns whether it is a failure of identity, which is audited. */
  static boolean isOfIdentity(Failure.Upstream failure) {
    return IDENTITY_FAILURES.contains(failure);
  }

  /** Records that an endpoint is refused. */
  @Override
  public void audit(Endpoint endpoint, Failure.Upstream failure, String detail) {
    audit.record(
        new AuditEvent.BackendRefused(backend.name(), endpoint.name(), failure.flag(), detail));
  }
}
