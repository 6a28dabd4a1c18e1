package sallyport.tls.tickets;

import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.certificate.SecretConfig;
import sallyport.config.listener.TlsListenerConfig;
import sallyport.config.tls.SessionCacheConfig;
import sallyport.config.tls.SessionTicketsConfig;
import sallyport.config.tls.TicketSourceConfig;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.rotation.Rotatable;
import sallyport.credentials.rotation.Rotation;
import sallyport.credentials.tickets.TicketFolder;
import sallyport.credentials.tickets.TicketKey;
import sallyport.credentials.tickets.TicketSecret;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.metrics.TlsMetrics;
import sallyport.tls.rotation.TlsServices;

/**
 * Session resumption of a listener: the keys under which its tickets are sealed (RFC 5077, RFC 8446
 * section 4.6.1), and the sessions of TLS 1.2 that are cached for clients without tickets. Keys are
 * replaced in time. They do not depend on certificates, so that a rotation of those causes no storm
 * of full handshakes.
 *
 * <p>BoringSSL seals by AES-128-CBC with HMAC-SHA256; there is no choice.
 *
 * <p>Any thread; one rotation at a time.
 */
public final class TicketKeys implements Rotatable {
  private static final Logger LOG = LoggerFactory.getLogger(TicketKeys.class);

  /** Keys are looked at once a minute ({@code ServerTls.renewTicketKeys}): allow for that. */
  private static final Duration BETWEEN_LOOKS = Duration.ofMinutes(1);

  private final String listener;
  private final SessionTicketsConfig config;
  private final SessionCacheConfig cache;
  private final TlsServices services;
  private final TlsMetrics metrics;
  private TicketSource source;
  private volatile List<TicketKey> keys;

  private TicketKeys(TlsListenerConfig listener, TlsServices services, TicketSource source) {
    this.listener = listener.name();
    this.config = listener.tls().tickets();
    this.cache = listener.tls().cache();
    this.services = services;
    this.metrics = services.metrics().tls(listener.name());
    this.source = source;
    this.keys = source.at(services.clock().instant());
    if (keys.isEmpty() && source instanceof TicketSource.Folder) {
      warnOfNone();
    }
    show();
  }

  /**
   * Opens what the keys come from.
   *
   * @param before those that the listener has in use, so that what was made in memory goes on; null
   *     for none
   * @param problems takes a line for everything that is wrong; there are no keys then
   */
  public static TicketKeys open(
      TlsListenerConfig listener,
      @Nullable TicketKeys before,
      KeyOpener opener,
      TlsServices services,
      List<String> problems) {
    List<TicketKey> made =
        before != null && before.source instanceof TicketSource.Memory ? before.keys : List.of();
    TicketSource source = source(listener.name(), listener.tls().tickets(), made, opener, problems);
    return new TicketKeys(listener, services, source);
  }

  private static TicketSource source(
      String listener,
      SessionTicketsConfig config,
      List<TicketKey> made,
      KeyOpener opener,
      List<String> problems) {
    final int before = problems.size();
    Duration life = config.life();
    TicketSource source =
        switch (config.source()) {
          case TicketSourceConfig.Off off -> new TicketSource.Off();
          case TicketSourceConfig.Memory memory -> new TicketSource.Memory(config, made);
          case TicketSourceConfig.Folder folder ->
              new TicketSource.Folder(
                  opener.openTicketKeys(folder, problems), life.plus(config.accepted()));
          case TicketSourceConfig.Derived derived -> {
            List<TicketSecret> secrets = opener.openTicketSecrets(derived, problems);
            Duration early = derived.clockSkew().plus(BETWEEN_LOOKS);
            yield new TicketSource.Derived(listener, secrets, life, config.accepted(), early);
          }
        };
    return problems.size() > before ? new TicketSource.Off() : source;
  }

  // ---- in use

  /**
   * Sets up a new context, for sessions of its own kind alone.
   *
   * @param mayResume whether any are to be resumed
   */
  public void applyTo(SslContext context, byte[] kind, boolean mayResume) {
    OpenSslServerSessionContext sessions = sessions(context);
    if (!sessions.setSessionIdContext(kind)) {
      throw new IllegalStateException("the session id context was not taken");
    }
    sessions.setSessionCacheEnabled(mayResume && cache.size() > 0);
    sessions.setSessionCacheSize(cache.size());
    sessions.setSessionTimeout((int) cache.timeout().toSeconds());
    tell(List.of(context));
  }

  /** Sets the keys of contexts. */
  public void tell(List<SslContext> contexts) {
    // There is no way to take the last key away: one that seals nothing stands in for none.
    List<TicketKey> told =
        keys.isEmpty() ? List.of(TicketKey.random(Instant.EPOCH, new SecureRandom())) : keys;
    OpenSslSessionTicketKey[] all =
        told.stream().map(TicketKeys::toNative).toArray(OpenSslSessionTicketKey[]::new);
    contexts.forEach(context -> sessions(context).setTicketKeys(all));
  }

  private static OpenSslServerSessionContext sessions(SslContext context) {
    return (OpenSslServerSessionContext) context.sessionContext();
  }

  private static OpenSslSessionTicketKey toNative(TicketKey key) {
    byte[] octets = key.octets();
    int hmac = OpenSslSessionTicketKey.NAME_SIZE;
    int aes = hmac + OpenSslSessionTicketKey.HMAC_KEY_SIZE;
    return new OpenSslSessionTicketKey(
        Arrays.copyOf(octets, hmac),
        Arrays.copyOfRange(octets, hmac, aes),
        Arrays.copyOfRange(octets, aes, octets.length));
  }

  /** Turns tickets off for a new connection where there are to be none. */
  public void prepare(SslHandler ssl, boolean mayResume) {
    if (!mayResume || keys.isEmpty()) {
      // Netty turns them on for every engine that may speak TLS 1.3, against the context.
      SSL.setOptions(
          ((ReferenceCountedOpenSslEngine) ssl.engine()).sslPointer(), SSL.SSL_OP_NO_TICKET);
    }
  }

  // ---- renewal

  /**
   * Seals by a new key when the current one has had its time, and drops those that no ticket may
   * use any more.
   *
   * @return whether anything changed; then {@link #tell} has to be called for every context
   */
  public synchronized boolean renew(Instant now) {
    List<TicketKey> before = keys;
    take(source.at(now));
    if (!before.stream().findFirst().equals(keys.stream().findFirst())) {
      services.metrics().rotation(kind().label(), listener, "rotated");
      services
          .audit()
          .record(
              new AuditEvent.KeysRotated(
                  kind().label(), listener, "time", names(before), names(keys), List.of(), null));
    }
    return !before.equals(keys);
  }

  // ---- hand-over

  /** Returns the keys that were made in memory, the newest first; empty for other sources. */
  public synchronized List<TicketKey> made() {
    return source instanceof TicketSource.Memory ? keys : List.of();
  }

  /**
   * Goes on with keys that the process before made in memory, where this one makes its own there;
   * to be called before any connection. Then {@link #tell} has to be called for every context.
   *
   * @param made the newest first
   */
  public synchronized void goOnWith(List<TicketKey> made) {
    Instant now = services.clock().instant();
    List<TicketKey> past = made.stream().filter(key -> !key.from().isAfter(now)).toList();
    if (source instanceof TicketSource.Memory && !past.isEmpty()) {
      source = new TicketSource.Memory(config, past);
      take(source.at(now));
    }
  }

  private void take(List<TicketKey> now) {
    if (now.isEmpty() && !keys.isEmpty()) {
      warnOfNone();
    }
    keys = now;
    show();
  }

  private void show() {
    List<TicketKey> now = keys;
    metrics.ticketKeys(now.size(), now.isEmpty() ? null : now.getFirst().from());
  }

  private void warnOfNone() {
    LOG.warn(
        "listener {}: every ticket key has had its time, and no session is resumed by a ticket until"
            + " there is a new one",
        listener);
  }

  // ---- rotation

  /** Whether the keys come from outside, so that they can change other than by time. */
  public boolean canRotate() {
    return switch (config.source()) {
      case TicketSourceConfig.Memory memory -> false;
      case TicketSourceConfig.Off off -> false;
      case TicketSourceConfig.Folder folder -> true;
      case TicketSourceConfig.Derived derived -> true;
    };
  }

  @Override
  public Kind kind() {
    return Kind.TICKETS;
  }

  @Override
  public String name() {
    return listener;
  }

  @Override
  public List<Path> files() {
    return switch (config.source()) {
      case TicketSourceConfig.Memory memory -> List.of();
      case TicketSourceConfig.Off off -> List.of();
      case TicketSourceConfig.Folder folder -> TicketFolder.files(folder.path());
      case TicketSourceConfig.Derived derived -> {
        List<Path> files = new ArrayList<>();
        derived.secrets().forEach(secret -> files.addAll(SecretConfig.filesWith(secret)));
        yield files;
      }
    };
  }

  @Override
  public Rotation rotate(KeyOpener opener, boolean mayLoosen) {
    List<String> problems = new ArrayList<>();
    TicketSource opened = source(listener, config, List.of(), opener, problems);
    if (!problems.isEmpty()) {
      return Rotation.Refused.unusable(problems);
    }
    synchronized (this) {
      source = opened;
      List<TicketKey> before = keys;
      List<TicketKey> after = opened.at(services.clock().instant());
      if (after.equals(before)) {
        return new Rotation.Unchanged();
      }
      take(after);
      return new Rotation.Done(names(before), names(after), List.of());
    }
  }

  private static List<String> names(List<TicketKey> keys) {
    return keys.stream().map(TicketKey::name).toList();
  }
}
