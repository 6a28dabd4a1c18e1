package sallyport.tls.server;

import io.netty.channel.ChannelHandler;
import io.netty.util.concurrent.EventExecutor;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import sallyport.config.listener.TlsListenerConfig;
import sallyport.config.setting.Settings;
import sallyport.config.tls.ClientAuthConfig;
import sallyport.config.tls.DenyListConfig;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.rotation.Rotatable;
import sallyport.credentials.tickets.TicketKey;
import sallyport.observe.metrics.TlsMetrics;
import sallyport.tls.challenge.Challenges;
import sallyport.tls.clients.ClientCheck;
import sallyport.tls.clients.ClientRules;
import sallyport.tls.clients.DenyList;
import sallyport.tls.engine.Contexts;
import sallyport.tls.hello.HandshakeTurns;
import sallyport.tls.hello.Preface;
import sallyport.tls.policy.TlsPolicy;
import sallyport.tls.rotation.RotatingTls;
import sallyport.tls.rotation.TlsServices;
import sallyport.tls.tickets.TicketKeys;

/**
 * TLS of one listener: certificates and policy, ready for connections.
 *
 * <p>Any thread; one rotation at a time.
 */
public final class ServerTls extends RotatingTls<ServerSnapshot> {
  private final TlsListenerConfig listener;
  private final HandshakeContext handshakes;
  private final TlsServices services;
  private final @Nullable DenyList deny;
  private final Challenges challenges;
  private final Map<EventExecutor, HandshakeTurns> turns = new ConcurrentHashMap<>();

  private ServerTls(
      ServerOpener opener, Challenges challenges, @Nullable DenyList deny, ServerSnapshot opened) {
    super(opener, opener.services(), opened);
    this.listener = opener.listener();
    this.services = opener.services();
    this.deny = deny;
    this.challenges = challenges;
    TlsMetrics metrics = services.metrics().tls(listener.name());
    this.handshakes =
        new HandshakeContext(
            listener,
            TlsPolicy.of(listener.tls().policy()),
            opener.tickets(),
            new ClientCheck(
                listener, opener.rules(), this::trust, metrics, services.audit(), services.clock()),
            metrics,
            services.audit(),
            new MissingCertificate());
  }

  /**
   * Opens and checks every certificate, key and trust file of the listener.
   *
   * @param challenges of all listeners
   * @param before what this listener has in use, whose sessions are to be resumed; null for none
   * @param problems takes a line for everything that is wrong
   * @return null when anything is
   */
  public static @Nullable ServerTls load(
      TlsListenerConfig listener,
      KeyOpener keys,
      TlsServices services,
      Challenges challenges,
      @Nullable ServerTls before,
      List<String> problems) {
    final int known = problems.size();
    TicketKeys inUse = before == null ? null : before.handshakes.tickets();
    TicketKeys tickets =
        before != null && before.sharesTickets(listener)
            ? before.handshakes.tickets()
            : TicketKeys.open(listener, inUse, keys, services, problems);
    ClientAuthConfig clients = listener.tls().clientAuth();
    DenyListConfig denied = clients.denied();
    DenyList deny = denied == null ? null : DenyList.load(listener.name(), denied, problems);
    final boolean unusable = problems.size() > known;
    ServerOpener opener =
        new ServerOpener(
            listener, services, tickets, new ClientRules(clients, deny, services.clock()));
    ServerSnapshot opened = opener.open(keys, /* inUse= */ null, problems);
    if (unusable && opened != null) {
      Contexts.release(opened.contexts());
    }
    return unusable || opened == null ? null : new ServerTls(opener, challenges, deny, opened);
  }

  // ---- connections

  /**
   * Creates the first handler of a new connection; it brings in the others that TLS needs.
   *
   * @param loop of the connection
   * @param preface what comes before TLS on it
   */
  public ChannelHandler newHandler(EventExecutor loop, Preface preface) {
    return new ClientHelloHandler(
        handshakes,
        () -> snapshot().certificates(),
        challenges,
        turns.computeIfAbsent(loop, each -> new HandshakeTurns(each, listener.tls().handshakes())),
        preface);
  }

  /** Returns what may be negotiated. */
  public TlsPolicy policy() {
    return handshakes.policy();
  }

  /** Whether clients are asked for certificates. */
  public boolean verifiesClients() {
    return trust() != null;
  }

  /** Cuts the connections of clients that are denied, or known to be revoked, by now. */
  public void cutDenied() {
    handshakes.clients().cutDenied();
  }

  // ---- certificates

  /** Whether it has any certificate. */
  public boolean hasCertificate() {
    return !snapshot().materials().isEmpty();
  }

  /** Returns names whose certificates have yet to be issued; their handshakes are refused. */
  public Set<String> awaited() {
    return snapshot().awaited();
  }

  /**
   * Returns the certificates with which answers of their issuers are shown to clients, as soon as
   * there are any: by fingerprint, whether clients refuse the certificate without one.
   */
  public Map<String, Boolean> stapled() {
    Map<String, Boolean> stapled = new HashMap<>();
    snapshot()
        .certificates()
        .staples()
        .forEach(each -> stapled.put(each.material().info().fingerprint(), each.isRequired()));
    return stapled;
  }

  // ---- rotation

  @Override
  protected void begin(ServerSnapshot inUse) {
    services.staples().use(name(), inUse.certificates().staples());
  }

  @Override
  protected void prepare(ServerSnapshot next) {
    // The keys may have been renewed while this was opened.
    handshakes.tickets().tell(next.contexts());
  }

  @Override
  protected List<String> obstacles(ServerSnapshot before, ServerSnapshot after) {
    Set<String> lost = new TreeSet<>(before.names());
    lost.removeAll(after.names());
    lost.removeAll(AcmeFiles.unwanted(listener.tls().certificates(), before.materials()));
    return lost.isEmpty()
        ? List.of()
        : List.of(
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

  /** Returns the deny list, which rotates separately; null for none. */
  public @Nullable Rotatable denyList() {
    return deny;
  }

  /** Whether a listener that is configured like this goes on with the ticket keys of this one. */
  public boolean sharesTickets(TlsListenerConfig next) {
    return listener.name().equals(next.name())
        && Settings.same(listener.tls().tickets(), next.tls().tickets())
        && listener.tls().cache().equals(next.tls().cache());
  }

  /** Returns the session ticket keys where they come from outside; else null. */
  public @Nullable Rotatable ticketKeys() {
    TicketKeys tickets = handshakes.tickets();
    return tickets.canRotate() ? tickets : null;
  }

  /** Returns the ticket keys that were made in memory, the newest first; else none. */
  public List<TicketKey> madeTicketKeys() {
    return handshakes.tickets().made();
  }

  /**
   * Goes on with ticket keys that the process before made in memory, where this one does so too; to
   * be called before any connection.
   */
  public void goOnWithTicketKeys(List<TicketKey> made) {
    handshakes.tickets().goOnWith(made);
    useTicketKeys();
  }

  /** Replaces session ticket keys that have had their time; to be called every minute. */
  public void renewTicketKeys(Instant now) {
    if (handshakes.tickets().renew(now)) {
      useTicketKeys();
    }
  }

  /** Puts the ticket keys to use that a rotation of {@link #ticketKeys} brought. */
  public void useTicketKeys() {
    whileOpen(inUse -> handshakes.tickets().tell(inUse.contexts()));
  }
}
