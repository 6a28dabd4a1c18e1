package sallyport.tls.server;

import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.EventExecutor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.certificate.TrustConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.setting.Settings;
import sallyport.config.tls.ClientAuthConfig;
import sallyport.config.tls.DenyListConfig;
import sallyport.config.tls.ServerTlsConfig;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.pkcs11.Signer;
import sallyport.credentials.revocation.ocsp.Staple;
import sallyport.credentials.revocation.ocsp.Staples;
import sallyport.credentials.rotation.Rotatable;
import sallyport.credentials.rotation.Rotation;
import sallyport.credentials.sources.Sha256;
import sallyport.credentials.trust.TrustFile.LeftOut;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.observe.metrics.TlsMetrics;
import sallyport.tls.challenge.Challenges;
import sallyport.tls.clients.ClientCheck;
import sallyport.tls.clients.ClientRules;
import sallyport.tls.clients.ClientTrustManager;
import sallyport.tls.clients.DenyList;
import sallyport.tls.engine.Contexts;
import sallyport.tls.engine.KeyUse;
import sallyport.tls.engine.NativeErrors;
import sallyport.tls.engine.RemoteSignatures;
import sallyport.tls.hello.CleartextReply;
import sallyport.tls.hello.HandshakeTurns;
import sallyport.tls.policy.Alpn;
import sallyport.tls.policy.PolicyContext;
import sallyport.tls.policy.TlsPolicy;
import sallyport.tls.tickets.TicketKeys;
import sallyport.tls.trust.RejectAllTrustManager;
import sallyport.tls.trust.RevocationLists;
import sallyport.tls.trust.StrictTrustManager;

/**
 * TLS of one listener: certificates and policy, ready for connections.
 *
 * <p>What a connection needs is one immutable snapshot, read once a connection; a rotation puts
 * another in its place.
 */
public final class ServerTls implements AutoCloseable, Rotatable {
  /** What was opened, and the contexts made of it. */
  private record Snapshot(
      List<KeyMaterial> materials,
      @Nullable StrictTrustManager trust,
      Set<String> awaited,
      CertificateSelector chosen) {
    List<String> fingerprints() {
      return materials.stream().map(material -> material.info().fingerprint()).toList();
    }

    boolean holds(
        List<KeyMaterial> others,
        Set<String> otherAwaited,
        @Nullable StrictTrustManager otherTrust) {
      return chains(materials).equals(chains(others))
          && awaited.equals(otherAwaited)
          && (trust == null
              ? otherTrust == null
              : otherTrust != null && trust.believesTheSameAs(otherTrust));
    }

    private static List<List<X509Certificate>> chains(List<KeyMaterial> of) {
      return of.stream().map(KeyMaterial::chain).toList();
    }

    Set<String> names() {
      return materials.stream()
          .flatMap(material -> material.info().names().stream())
          .collect(Collectors.toSet());
    }
  }

  private final ListenerConfig.Tls listener;
  private final TlsPolicy policy;
  private final GatewayMetrics gatewayMetrics;
  private final TlsMetrics metrics;
  private final AuditLog audit;
  private final TicketKeys tickets;
  private final Staples staples;
  private final ClientRules rules;
  private final ClientCheck clients;
  private final @Nullable DenyList deny;
  private final Challenges challenges;
  private final Map<EventExecutor, HandshakeTurns> turns = new ConcurrentHashMap<>();
  private final @Nullable RevocationLists lists;
  private volatile Snapshot snapshot;
  private boolean closed; // guarded by this

  private ServerTls(
      ListenerConfig.Tls listener,
      GatewayMetrics metrics,
      AuditLog audit,
      TicketKeys tickets,
      Staples staples,
      Challenges challenges,
      ClientRules rules,
      @Nullable DenyList deny,
      Snapshot snapshot) {
    this.listener = listener;
    this.policy = TlsPolicy.of(listener.tls().policy());
    this.gatewayMetrics = metrics;
    this.metrics = metrics.tls(listener.name());
    this.audit = audit;
    this.tickets = tickets;
    this.staples = staples;
    this.rules = rules;
    this.deny = deny;
    this.clients = new ClientCheck(listener, rules, this::trust, this.metrics, audit);
    this.challenges = challenges;
    this.snapshot = snapshot;
    TrustConfig trust = listener.tls().clientAuth().trust();
    this.lists =
        trust == null || trust.revocation().crls().isEmpty()
            ? null
            : new RevocationLists(
                "client-crls",
                description(),
                name(),
                trust,
                staples.ocsp(),
                metrics.revocation("client", listener.name()),
                this::trust);
  }

  /** To be called once it is certain that this is put to use: has the world asked about it. */
  public void beginUse() {
    watchLists();
    staples.use(listener.name(), snapshot.chosen().staples());
  }

  private @Nullable StrictTrustManager trust() {
    return snapshot.trust();
  }

  /**
   * Tells of revocation lists that have ended; call it every second or so.
   *
   * @param told as {@link sallyport.credentials.revocation.Revocation#tellEnded} has it
   */
  public void tellEndedLists(Set<String> told) {
    StrictTrustManager trust = trust();
    if (trust != null) {
      trust.revocation().tellEnded(audit, told);
    }
  }

  /** Whether certificates of clients are asked for. */
  public boolean verifiesClients() {
    return trust() != null;
  }

  /** Whether clients are refused that no current revocation list speaks of. */
  public boolean refusesWithoutLists() {
    StrictTrustManager trust = trust();
    return trust != null && trust.revocation().isHard();
  }

  /** The revocation lists that are not current, for people. */
  public List<String> endedLists(Instant now) {
    StrictTrustManager trust = trust();
    return trust == null ? List.of() : trust.revocation().ended(now);
  }

  private void watchLists() {
    StrictTrustManager trust = trust();
    if (trust != null) {
      trust.revocation().watch();
    }
  }

  /**
   * Opens and checks every certificate, key and trust file of the listener.
   *
   * @param staples says what issuers say of the certificates
   * @param challenges of all listeners
   * @param before what this listener has in use, whose sessions are to be resumed; null for none
   * @param problems takes a line for everything that is wrong
   * @return null when anything is
   */
  public static @Nullable ServerTls load(
      ListenerConfig.Tls listener,
      KeyOpener keys,
      Staples staples,
      Challenges challenges,
      GatewayMetrics metrics,
      AuditLog audit,
      Clock clock,
      @Nullable ServerTls before,
      List<String> problems) {
    final int known = problems.size();
    TicketKeys tickets =
        before != null && before.sharesTickets(listener)
            ? before.tickets
            : TicketKeys.open(
                listener,
                before == null ? null : before.tickets,
                keys,
                metrics,
                audit,
                clock.instant(),
                problems);
    DenyListConfig denied = listener.tls().clientAuth().denied();
    DenyList deny = denied == null ? null : DenyList.load(listener.name(), denied, problems);
    final boolean unusable = problems.size() > known;
    ClientRules rules = new ClientRules(listener.tls().clientAuth(), deny, clock);
    Snapshot opened =
        open(listener, keys, staples, metrics, audit, tickets, rules, clock, null, problems);
    if (unusable && opened != null) {
      Contexts.release(opened.chosen().all());
    }
    return unusable || opened == null
        ? null
        : new ServerTls(
            listener, metrics, audit, tickets, staples, challenges, rules, deny, opened);
  }

  /**
   * @param inUse what is given back when the files hold the same; null at the start
   * @return null when there are problems
   */
  private static @Nullable Snapshot open(
      ListenerConfig.Tls listener,
      KeyOpener keys,
      Staples staples,
      GatewayMetrics metrics,
      AuditLog audit,
      TicketKeys tickets,
      ClientRules rules,
      Clock clock,
      @Nullable Snapshot inUse,
      List<String> problems) {
    ServerTlsConfig config = listener.tls();
    final int before = problems.size();
    List<KeyMaterial> materials = new ArrayList<>();
    Set<String> awaited = new TreeSet<>();
    Map<String, Staple> stapled = new HashMap<>();
    for (CertificateConfig certificate : config.certificates()) {
      if (certificate instanceof CertificateConfig.Acme acme && !AcmeFiles.isThere(acme, clock)) {
        awaited.addAll(acme.names());
        continue;
      }
      KeyMaterial material = keys.open(certificate, Role.SERVER, problems);
      if (material != null) {
        materials.add(material);
        Staple staple =
            staples.of(material, config.stapling(), certificate.chainLocation(), problems);
        if (staple != null) {
          stapled.put(material.info().fingerprint(), staple);
        }
      }
    }
    TrustConfig trustConfig = config.clientAuth().trust();
    StrictTrustManager trust =
        trustConfig == null
            ? null
            : StrictTrustManager.load(
                trustConfig,
                staples.ocsp(),
                metrics.revocation("client", listener.name()),
                clock,
                inUse == null ? null : inUse.trust(),
                problems);
    if (problems.size() > before) {
      return null;
    }
    if (inUse != null && inUse.holds(materials, awaited, trust)) {
      return inUse;
    }
    TlsPolicy policy = TlsPolicy.of(config.policy());
    List<ServerCertificate> certificates = new ArrayList<>();
    try {
      byte[] kind = kind(listener, trust);
      for (KeyMaterial material : materials) {
        KeyUse use = new KeyUse(Role.SERVER.label(), material, metrics, audit);
        Staple staple = stapled.get(material.info().fingerprint());
        SslContext context = context(listener, policy, material, use, trust, rules, staple != null);
        certificates.add(
            new ServerCertificate(context, use, staple, ServerCertificate.weight(material)));
        tickets.applyTo(context, kind, rules.mayResume());
      }
    } catch (SSLException | RuntimeException e) {
      certificates.forEach(certificate -> ReferenceCountUtil.release(certificate.context()));
      problems.add(listener.location().problem("TLS cannot be set up: " + e.getMessage()));
      return null;
    }
    return new Snapshot(
        List.copyOf(materials),
        trust,
        awaited,
        new CertificateSelector(materials, certificates, awaited));
  }

  /**
   * A session may be resumed only where it would have been begun in the same way: at this listener,
   * by the same demands on the client's certificate. Without this, one that was begun where no
   * certificate is asked for could be resumed where one is required.
   */
  private static byte[] kind(ListenerConfig.Tls listener, @Nullable StrictTrustManager trust) {
    StringBuilder text = new StringBuilder(listener.name());
    ClientAuthConfig clients = listener.tls().clientAuth();
    text.append(' ').append(clients.mode()).append(' ').append(clients.refusal());
    text.append(' ').append(clients.maxDepth());
    if (trust != null) {
      trust.authorities().atFirst().stream()
          .map(Certificates::fingerprint)
          .sorted()
          .forEach(print -> text.append(' ').append(print));
    }
    return Sha256.newDigest().digest(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static SslContext context(
      ListenerConfig.Tls listener,
      TlsPolicy policy,
      KeyMaterial material,
      KeyUse use,
      @Nullable StrictTrustManager trust,
      ClientRules rules,
      boolean stapled)
      throws SSLException {
    NativeErrors.clear();
    Signer signer = material.signer();
    SslContextBuilder builder =
        signer == null
            ? SslContextBuilder.forServer(material.key(), material.chainArray())
            : SslContextBuilder.forServer(RemoteSignatures.keyless(material))
                .option(
                    OpenSslContextOption.ASYNC_PRIVATE_KEY_METHOD,
                    new RemoteSignatures(signer, use));
    PolicyContext.under(policy, builder)
        .enableOcsp(stapled)
        .applicationProtocolConfig(Alpn.of(Alpn.of(listener)))
        .clientAuth(
            switch (listener.tls().clientAuth().mode()) {
              case ClientAuthConfig.Mode.NONE -> ClientAuth.NONE;
              case ClientAuthConfig.Mode.OPTIONAL -> ClientAuth.OPTIONAL;
              case ClientAuthConfig.Mode.REQUIRED ->
                  rules.answers() ? ClientAuth.OPTIONAL : ClientAuth.REQUIRE;
            });
    return builder
        .trustManager(
            trust == null ? new RejectAllTrustManager() : new ClientTrustManager(trust, rules))
        .build();
  }

  /**
   * The first handler of a new connection; it brings in the others that TLS needs.
   *
   * @param loop of the connection
   * @param cleartext for clients that do not speak TLS
   */
  public ChannelHandler newHandler(EventExecutor loop, CleartextReply cleartext) {
    return new ClientHelloHandler(
        listener,
        policy,
        () -> snapshot.chosen(),
        tickets,
        challenges,
        turns.computeIfAbsent(loop, each -> new HandshakeTurns(each, listener.tls().handshakes())),
        cleartext,
        clients,
        metrics,
        audit);
  }

  /** Whether a listener that is configured like this goes on with the ticket keys of this one. */
  public boolean sharesTickets(ListenerConfig.Tls next) {
    return listener.name().equals(next.name())
        && Settings.same(listener.tls().tickets(), next.tls().tickets())
        && listener.tls().cache().equals(next.tls().cache());
  }

  /** Whom this believes and the other one did not, for people; nobody where either asks nobody. */
  public List<String> trustedBeyond(ServerTls before) {
    StrictTrustManager now = snapshot.trust();
    StrictTrustManager then = before.snapshot.trust();
    return now == null || then == null ? List.of() : now.beyond(then);
  }

  /** What may be negotiated. */
  public TlsPolicy policy() {
    return policy;
  }

  /** Whether it has a certificate at all. */
  public boolean hasCertificate() {
    return !snapshot.materials().isEmpty();
  }

  /** Names whose certificates have yet to be issued; handshakes for them are refused until then. */
  public Set<String> awaited() {
    return snapshot.awaited();
  }

  /**
   * The certificates with which answers of their issuers are shown to clients, as soon as there are
   * any: by fingerprint, whether clients refuse the certificate without one.
   */
  public Map<String, Boolean> stapled() {
    Map<String, Boolean> stapled = new HashMap<>();
    snapshot
        .chosen()
        .staples()
        .forEach(each -> stapled.put(each.material().info().fingerprint(), each.isRequired()));
    return stapled;
  }

  // ---- rotation

  /** Who is let in no more; it rotates by itself. Null where nobody can be. */
  public @Nullable Rotatable denyList() {
    return deny;
  }

  /**
   * The revocation lists that clients are looked for in; they rotate by themselves. Null for none.
   */
  public @Nullable Rotatable revocationLists() {
    return lists;
  }

  /** Cuts the connections of clients that are denied, or known to be revoked, by now. */
  public void cutDenied() {
    clients.cutDenied();
  }

  @Override
  public String use() {
    return Role.SERVER.label();
  }

  @Override
  public String description() {
    return "listener " + name();
  }

  @Override
  public String name() {
    return listener.name();
  }

  @Override
  public List<HeldCertificate> held() {
    Snapshot inUse = snapshot;
    String owner = "listeners." + name();
    List<HeldCertificate> held = new ArrayList<>();
    inUse.materials().forEach(material -> held.addAll(material.held(owner)));
    TrustConfig trust = listener.tls().clientAuth().trust();
    if (trust != null && inUse.trust() != null) {
      held.addAll(inUse.trust().held(owner, trust));
    }
    return held;
  }

  /** What of the trust file is not relied on. */
  public List<LeftOut> leftOut() {
    StrictTrustManager trust = trust();
    return trust == null ? List.of() : trust.authorities().leftOut();
  }

  @Override
  public List<Path> files() {
    List<Path> files = new ArrayList<>();
    listener.tls().certificates().forEach(certificate -> files.addAll(certificate.files()));
    TrustConfig trust = listener.tls().clientAuth().trust();
    if (trust != null) {
      files.add(trust.file());
    }
    return files;
  }

  @Override
  public Rotation rotate(KeyOpener keys, Clock clock, boolean mayLoosen) {
    List<String> problems = new ArrayList<>();
    Snapshot before = snapshot;
    // Not under the lock: it may take long, and ticket keys are renewed meanwhile.
    Snapshot after =
        open(
            listener,
            keys,
            staples,
            gatewayMetrics,
            audit,
            tickets,
            rules,
            clock,
            before,
            problems);
    if (before.equals(after)) {
      staples.use(listener.name(), before.chosen().staples());
      return new Rotation.Unchanged();
    }
    return after == null ? Rotation.Refused.unusable(problems) : use(before, after, mayLoosen);
  }

  private synchronized Rotation use(Snapshot before, Snapshot after, boolean mayLoosen) {
    List<String> problems = new ArrayList<>();
    StrictTrustManager trusted = after.trust();
    if (trusted != null && before.trust() != null && trusted.hasAuthoritiesOf(before.trust())) {
      // They may have been rotated while this was opened.
      trusted.use(before.trust().revocation());
    }
    List<String> loosened = trusted == null ? List.of() : trusted.beyond(before.trust());
    addLostNames(before, after, problems);
    if (!mayLoosen) {
      TrustConfig trust = listener.tls().clientAuth().trust();
      ConfigLocation at = trust == null ? listener.location() : trust.location();
      loosened.forEach(what -> problems.add(at.problem(what)));
    }
    if (closed) {
      problems.add(listener.location().problem("is not in use any more"));
    }
    if (!problems.isEmpty()) {
      Contexts.release(after.chosen().all());
      return Rotation.Refused.forbidden(problems);
    }
    // They may have been renewed while this was opened.
    tickets.tell(after.chosen().all());
    Snapshot replaced = snapshot;
    snapshot = after;
    Contexts.release(replaced.chosen().all());
    watchLists();
    staples.use(listener.name(), after.chosen().staples());
    return new Rotation.Done(before.fingerprints(), after.fingerprints(), loosened);
  }

  private void addLostNames(Snapshot before, Snapshot after, List<String> problems) {
    Set<String> lost = new TreeSet<>(before.names());
    lost.removeAll(after.names());
    lost.removeAll(AcmeFiles.unwanted(listener.tls().certificates(), before.materials()));
    if (!lost.isEmpty()) {
      problems.add(
          listener
              .tls()
              .certificates()
              .getFirst()
              .chainLocation()
              .problem(
                  "no certificate covers "
                      + String.join(", ", lost)
                      + " any more; restart if that is meant"));
    }
  }

  /** Replaces session ticket keys that have had their time; call it every minute. */
  public synchronized void renewTicketKeys(Instant now) {
    if (tickets.renew(now) && !closed) {
      tickets.tell(snapshot.chosen().all());
    }
  }

  /** The session ticket keys, where they come from outside; null where they do not. */
  public @Nullable Rotatable ticketKeys() {
    return tickets.canRotate() ? tickets : null;
  }

  /** Puts the ticket keys to use that a rotation of {@link #ticketKeys} brought. */
  public synchronized void useTicketKeys() {
    if (!closed) {
      tickets.tell(snapshot.chosen().all());
    }
  }

  /** Those that new connections get. */
  List<SslContext> contexts() {
    return snapshot.chosen().all();
  }

  /** To be called once no connection asks any more: native memory is freed with the last engine. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      Contexts.release(snapshot.chosen().all());
    }
  }
}
