package sallyport.tls.upstream;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import io.netty.util.ReferenceCountUtil;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.UpstreamTlsConfig;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.pkcs11.Signer;
import sallyport.credentials.revocation.ocsp.Ocsp;
import sallyport.credentials.rotation.Rotatable;
import sallyport.credentials.rotation.Rotation;
import sallyport.credentials.trust.TrustFile.LeftOut;
import sallyport.net.Failure;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.tls.engine.Contexts;
import sallyport.tls.engine.KeyUse;
import sallyport.tls.engine.NativeErrors;
import sallyport.tls.engine.RemoteSignatures;
import sallyport.tls.failure.TlsFailures;
import sallyport.tls.policy.Alpn;
import sallyport.tls.policy.Negotiated;
import sallyport.tls.policy.PolicyContext;
import sallyport.tls.policy.TlsPolicy;
import sallyport.tls.trust.BackendRules;
import sallyport.tls.trust.RevocationLists;
import sallyport.tls.trust.StrictTrustManager;
import sallyport.values.HostNames;

/**
 * Mutual TLS to one backend: our certificate is shown, the backend's chain and name are verified,
 * sessions are resumed. There is no way to turn any of it off.
 */
public final class UpstreamTls implements AutoCloseable, Rotatable {
  private static final Logger LOG = LoggerFactory.getLogger(UpstreamTls.class);

  /**
   * What was opened, and the contexts made of it.
   *
   * @param context offers what the backend is to speak
   * @param http1Context offers HTTP/1.1 only; the same as the other where that does so too
   */
  private record Snapshot(
      KeyMaterial material,
      KeyUse use,
      StrictTrustManager trust,
      SslContext context,
      SslContext http1Context) {
    SslContext context(boolean http1) {
      return http1 ? http1Context : context;
    }

    List<SslContext> contexts() {
      return context.equals(http1Context) ? List.of(context) : List.of(context, http1Context);
    }
  }

  /** Longer than any connection lives, and short enough to be counted in nanoseconds. */
  private static final Duration LONGEST = Duration.ofDays(365);

  private final BackendConfig backend;
  private final Ocsp ocsp;
  private final TlsPolicy policy;
  private final GatewayMetrics metrics;
  private final AuditLog audit;
  private final Clock clock;
  private final @Nullable String serverName;
  private final @Nullable RevocationLists lists;
  private volatile Snapshot snapshot;
  private volatile boolean closed; // written under the lock

  private UpstreamTls(
      BackendConfig backend,
      Ocsp ocsp,
      GatewayMetrics metrics,
      AuditLog audit,
      Clock clock,
      Snapshot snapshot) {
    this.backend = backend;
    this.ocsp = ocsp;
    this.policy = TlsPolicy.of(backend.tls().policy());
    this.metrics = metrics;
    this.audit = audit;
    this.clock = clock;
    this.serverName = backend.tls().serverName();
    this.snapshot = snapshot;
    this.lists =
        backend.tls().trust().revocation().crls().isEmpty()
            ? null
            : new RevocationLists(
                "backend-crls",
                description(),
                name(),
                backend.tls().trust(),
                ocsp,
                metrics.revocation("backend", backend.name()),
                () -> this.snapshot.trust());
  }

  /** To be called once it is certain that this is put to use: what it knows is measured. */
  public void beginUse() {
    snapshot.trust().revocation().watch();
  }

  /**
   * Opens and checks the backend's trust file and our certificate and key for it.
   *
   * @param ocsp asks responders about backends, where that is configured
   * @param problems takes a line for everything that is wrong
   * @return null when anything is
   */
  public static @Nullable UpstreamTls load(
      BackendConfig backend,
      KeyOpener keys,
      Ocsp ocsp,
      GatewayMetrics metrics,
      AuditLog audit,
      Clock clock,
      List<String> problems) {
    Snapshot opened = open(backend, keys, ocsp, metrics, audit, clock, null, problems);
    return opened == null ? null : new UpstreamTls(backend, ocsp, metrics, audit, clock, opened);
  }

  /**
   * @param inUse what is given back when the files hold the same; null at the start
   * @return null when there are problems
   */
  private static @Nullable Snapshot open(
      BackendConfig backend,
      KeyOpener keys,
      Ocsp ocsp,
      GatewayMetrics metrics,
      AuditLog audit,
      Clock clock,
      @Nullable Snapshot inUse,
      List<String> problems) {
    UpstreamTlsConfig config = backend.tls();
    KeyMaterial material = keys.open(config.certificate(), Role.CLIENT, problems);
    StrictTrustManager trust =
        StrictTrustManager.load(
            config.trust(),
            ocsp,
            metrics.revocation("backend", backend.name()),
            clock,
            inUse == null ? null : inUse.trust(),
            problems);
    if (trust == null || material == null) {
      return null;
    }
    if (inUse != null
        && inUse.material().chain().equals(material.chain())
        && inUse.trust().believesTheSameAs(trust)) {
      return inUse;
    }
    trust = trust.with(BackendRules.of(config.peer()));
    if (inUse == null && config.peer().pins().size() == 1) {
      LOG.warn(
          config
              .peer()
              .pinsLocation()
              .problem("only one pin: when its key is lost, so is the backend; pin a spare key"));
    }
    TlsPolicy policy = TlsPolicy.of(config.policy());
    KeyUse use = new KeyUse(Role.CLIENT.label(), material, metrics, audit);
    SslContext http1 = null;
    try {
      http1 = context(policy, material, use, trust, null);
      SslContext context =
          switch (backend.protocol()) {
            case HTTP1 -> http1;
            case HTTP2 -> context(policy, material, use, trust, Alpn.HTTP2);
            case AUTO -> context(policy, material, use, trust, Alpn.EITHER);
          };
      return new Snapshot(material, use, trust, context, http1);
    } catch (SSLException | RuntimeException e) {
      ReferenceCountUtil.release(http1);
      problems.add(backend.location().problem("TLS cannot be set up: " + e.getMessage()));
      return null;
    }
  }

  private static SslContext context(
      TlsPolicy policy,
      KeyMaterial material,
      KeyUse use,
      StrictTrustManager trust,
      @Nullable List<String> protocols)
      throws SSLException {
    NativeErrors.clear();
    SslContextBuilder builder =
        PolicyContext.under(policy, SslContextBuilder.forClient())
            .trustManager(trust)
            .endpointIdentificationAlgorithm(trust.verifiesHostName() ? "HTTPS" : null);
    builder.keyManager(ConfiguredKeyManager.factory(material));
    Signer signer = material.signer();
    if (signer != null) {
      builder.option(
          OpenSslContextOption.ASYNC_PRIVATE_KEY_METHOD, new RemoteSignatures(signer, use));
    }
    if (protocols != null) {
      builder.applicationProtocolConfig(Alpn.of(protocols));
    }
    return builder.build();
  }

  /**
   * The TLS engine for a new connection. Verifies the configured server name, or else this host.
   *
   * @param host of the endpoint: a name or an IP address
   * @param http1 whether only HTTP/1.1 will do, whatever the backend prefers
   * @return null once this is closed
   */
  public @Nullable SslHandler newHandler(
      ByteBufAllocator allocator, String host, int port, boolean http1) {
    Snapshot inUse = hold(http1);
    if (inUse == null) {
      return null;
    }
    // The name and port are also the key under which a session is kept for resumption.
    String name = HostNames.withoutRoot(Objects.requireNonNullElse(serverName, host));
    SslContext context = inUse.context(http1);
    SslHandler handler = null;
    boolean prepared = false;
    try {
      if (clock.instant().isAfter(inUse.material().firstEnd())) {
        // The backend would look at our certificate only in a full handshake.
        endSessions(context);
      }
      handler = context.newHandler(allocator, name, port);
      prepare((ReferenceCountedOpenSslEngine) handler.engine(), inUse, name);
      // The connection as a whole has a timeout; a second one would only confuse the reason.
      handler.setHandshakeTimeoutMillis(0);
      prepared = true;
      return handler;
    } finally {
      if (!prepared && handler != null) {
        ReferenceCountUtil.safeRelease(handler.engine());
      }
      // The engine has a reference of its own.
      ReferenceCountUtil.release(context);
    }
  }

  /**
   * Holds what a new connection gets, which a rotation may be about to free.
   *
   * @return what has the context that is held; null once this is closed
   */
  private @Nullable Snapshot hold(boolean http1) {
    // One that has been freed has been replaced before, or this has been closed before.
    while (!closed) {
      Snapshot inUse = snapshot;
      if (Contexts.hold(inUse.context(http1))) {
        return inUse;
      }
    }
    return null;
  }

  /** Forgets all sessions, and remembers none any more. */
  private static void endSessions(SslContext held) {
    OpenSslSessionContext sessions = (OpenSslSessionContext) held.sessionContext();
    if (sessions.isSessionCacheEnabled()) {
      sessions.setSessionCacheEnabled(false);
    }
  }

  private static void prepare(ReferenceCountedOpenSslEngine engine, Snapshot inUse, String name) {
    if (!BackendRules.isAddress(name)) {
      // Netty leaves out names of one label and those with underscores; OpenSSL's clients do not.
      SSL.setTlsExtHostName(engine.sslPointer(), name);
    }
    if (inUse.trust().verifiesHostName() && !BackendRules.isForJdk(name)) {
      // The JDK refuses such a name unseen; BackendRules verifies it.
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm(null);
      engine.setSSLParameters(parameters);
    }
    refuseRenegotiation(engine);
    // Netty does so by itself only where it is the host's name that is verified.
    engine.setVerify(SSL.SSL_CVERIFY_REQUIRED, -1);
  }

  /**
   * Netty allows one, and it hangs when the backend asks for a certificate in it. Refused, it ends
   * the connection at once; TLS 1.3 has none.
   */
  private static void refuseRenegotiation(ReferenceCountedOpenSslEngine engine) {
    try {
      SSL.setRenegotiateMode(engine.sslPointer(), SSL.SSL_RENEGOTIATE_NEVER);
    } catch (Exception otherLibrary) {
      throw new IllegalStateException("renegotiation cannot be refused", otherLibrary);
    }
  }

  /**
   * Holds a finished handshake against the policy.
   *
   * @return null when it fits; else what does not, for people
   */
  public @Nullable String violation(SslHandler handler) {
    Negotiated negotiated = Negotiated.of(handler);
    return policy.violation(
        negotiated.version(), negotiated.cipher(), negotiated.group(), negotiated.resumed());
  }

  /** Whether a finished handshake resumed an earlier session. */
  public static boolean resumed(SslHandler handler) {
    return Negotiated.of(handler).resumed();
  }

  /**
   * Whether the gateway's certificate was sent, in this handshake or in the one that began the
   * session; to be called once for each finished handshake.
   *
   * @param resumed as {@link #resumed} says
   * @return false when the backend did not ask for it
   */
  public boolean certificateSent(SslHandler handler, boolean resumed) {
    return CertificateSent.in(handler.engine().getSession(), resumed);
  }

  /** Makes sure that the session of a finished handshake is not resumed. */
  public void forget(SslHandler handler) {
    handler.engine().getSession().invalidate();
  }

  /** Counts a full handshake in which our certificate was sent, and with it a signature. */
  public void accountForSignature() {
    snapshot.use().fullHandshake();
  }

  /** Why a handshake failed, or a connection soon after it. */
  public Failure.Upstream classify(Throwable cause) {
    return TlsFailures.ofBackend(cause);
  }

  /** The reason of a failure for the audit log; nothing that a peer chose freely. */
  public String describe(Throwable cause) {
    return TlsFailures.detailOfBackend(cause, policy);
  }

  /** Whom this believes and the other one did not, for people. */
  public List<String> trustedBeyond(UpstreamTls before) {
    return snapshot.trust().beyond(before.snapshot.trust());
  }

  /** What may be negotiated. */
  public TlsPolicy policy() {
    return policy;
  }

  /**
   * When the first of what a connection rests on expires, as {@link System#nanoTime()}: the
   * certificate that the backend sees, or what vouches for it, or the same of the backend.
   */
  public long validUntilNanos(SslHandler handler) {
    Snapshot inUse = snapshot;
    Instant end = inUse.material().firstEnd();
    Instant peersEnd = inUse.trust().authorities().firstEnd(chain(handler));
    end = peersEnd.isBefore(end) ? peersEnd : end;
    Duration left = Duration.between(clock.instant(), end);
    return System.nanoTime() + (left.compareTo(LONGEST) < 0 ? left : LONGEST).toNanos();
  }

  /**
   * Whether the backend's certificate has expired: a session is resumed without looking at it
   * again.
   */
  public boolean hasExpired(SslHandler handler) {
    X509Certificate peer = peer(handler);
    return peer == null || clock.instant().isAfter(peer.getNotAfter().toInstant());
  }

  /**
   * Looks again at a backend whose session was resumed: its certificate may have been revoked
   * since, and its authority may have expired.
   *
   * @throws CertificateException when it must not be believed any more; see {@link #classify}
   */
  public void checkResumed(SslHandler handler) throws CertificateException {
    if (resumed(handler)) {
      snapshot.trust().checkResumed(chain(handler).toArray(X509Certificate[]::new), Role.SERVER);
    }
  }

  /**
   * Asks responders about a backend whose handshake has ended.
   *
   * @return null when nobody is to be asked; else what completes, on any thread and never with a
   *     failure, with why the backend must not be believed, or with nothing; see {@link #classify}
   */
  public @Nullable CompletableFuture<Optional<CertificateException>> ask(SslHandler handler) {
    return snapshot.trust().revocation().ask(chain(handler));
  }

  private static @Nullable X509Certificate peer(SslHandler handler) {
    List<X509Certificate> chain = chain(handler);
    return chain.isEmpty() ? null : chain.getFirst();
  }

  /** What the backend has shown; empty when that was nothing. */
  private static List<X509Certificate> chain(SslHandler handler) {
    try {
      Certificate[] sent = handler.engine().getSession().getPeerCertificates();
      return List.of(Arrays.copyOf(sent, sent.length, X509Certificate[].class));
    } catch (SSLPeerUnverifiedException none) {
      return List.of();
    }
  }

  // ---- rotation

  /** The lists that the backend is looked for in; they rotate by themselves. Null for none. */
  public @Nullable Rotatable revocationLists() {
    return lists;
  }

  @Override
  public String use() {
    return Role.CLIENT.label();
  }

  @Override
  public String description() {
    return "backend " + name();
  }

  @Override
  public String name() {
    return backend.name();
  }

  @Override
  public List<HeldCertificate> held() {
    Snapshot inUse = snapshot;
    String owner = "backends." + name();
    List<HeldCertificate> held = new ArrayList<>(inUse.material().held(owner));
    held.addAll(inUse.trust().held(owner, backend.tls().trust()));
    return held;
  }

  /**
   * Tells of revocation lists that have ended; call it every second or so.
   *
   * @param told as {@link sallyport.credentials.revocation.Revocation#tellEnded} has it
   */
  public void tellEndedLists(Set<String> told) {
    snapshot.trust().revocation().tellEnded(audit, told);
  }

  /** Whether the backend is refused where no current revocation list speaks of it. */
  public boolean refusesWithoutLists() {
    return snapshot.trust().revocation().isHard();
  }

  /** The revocation lists that are not current, for people. */
  public List<String> endedLists(Instant now) {
    return snapshot.trust().revocation().ended(now);
  }

  /** What of the trust file is not relied on. */
  public List<LeftOut> leftOut() {
    return snapshot.trust().authorities().leftOut();
  }

  @Override
  public List<Path> files() {
    List<Path> files = new ArrayList<>(backend.tls().certificate().files());
    files.add(backend.tls().trust().file());
    return files;
  }

  @Override
  public Rotation rotate(KeyOpener keys, Clock clock, boolean mayLoosen) {
    List<String> problems = new ArrayList<>();
    Snapshot before = snapshot;
    Snapshot after = open(backend, keys, ocsp, metrics, audit, clock, before, problems);
    if (before.equals(after)) {
      return new Rotation.Unchanged();
    }
    return after == null ? Rotation.Refused.unusable(problems) : use(before, after, mayLoosen);
  }

  private synchronized Rotation use(Snapshot before, Snapshot after, boolean mayLoosen) {
    List<String> problems = new ArrayList<>();
    if (after.trust().hasAuthoritiesOf(before.trust())) {
      // They may have been rotated while this was opened.
      after.trust().use(before.trust().revocation());
    }
    List<String> loosened = after.trust().beyond(before.trust());
    if (!mayLoosen) {
      loosened.forEach(what -> problems.add(backend.tls().trust().location().problem(what)));
    }
    if (closed) {
      problems.add(backend.location().problem("is not in use any more"));
    }
    if (!problems.isEmpty()) {
      Contexts.release(after.contexts());
      return Rotation.Refused.forbidden(problems);
    }
    Snapshot replaced = snapshot;
    snapshot = after;
    Contexts.release(replaced.contexts());
    after.trust().revocation().watch();
    return new Rotation.Done(
        List.of(before.material().info().fingerprint()),
        List.of(after.material().info().fingerprint()),
        loosened);
  }

  /** Those that new connections get. */
  public List<SslContext> contexts() {
    return snapshot.contexts();
  }

  /** Begins no connection any more; native memory is freed with the last that uses it. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      Contexts.release(snapshot.contexts());
    }
  }
}
