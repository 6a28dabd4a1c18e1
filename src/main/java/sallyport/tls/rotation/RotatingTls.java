package sallyport.tls.rotation;

import io.netty.handler.ssl.SslContext;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sallyport.config.certificate.TrustConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.rotation.Rotatable;
import sallyport.credentials.rotation.Rotation;
import sallyport.credentials.trust.TrustFile.LeftOut;
import sallyport.tls.engine.Contexts;
import sallyport.tls.trust.StrictTrustManager;

/**
 * TLS of a listener or a backend, whose certificates, keys and trust are replaced while connections
 * use them.
 *
 * <p>A new connection reads the snapshot once. A rotation puts another one in its place; native
 * memory of the replaced one is freed with the last engine that has it, see {@link Contexts}.
 *
 * <p>Any thread; one rotation at a time.
 *
 * @param <S> what a connection needs
 */
public abstract class RotatingTls<S extends TlsSnapshot> implements Rotatable, AutoCloseable {
  private final TlsOpener<S> opener;
  private final TlsServices services;
  private final @Nullable RevocationLists lists;
  private volatile S snapshot;
  private volatile boolean closed; // written under the lock

  /**
   * @param opened what the opener has opened
   */
  protected RotatingTls(TlsOpener<S> opener, TlsServices services, S opened) {
    this.opener = opener;
    this.services = services;
    this.snapshot = opened;
    TrustConfig config = opener.trust();
    this.lists =
        config == null || config.revocation().crls().isEmpty()
            ? null
            : new RevocationLists(opener.side(), opener.name(), config, services, this::trust);
  }

  // ---- in use

  /** Returns what new connections get. */
  protected final S snapshot() {
    return snapshot;
  }

  /** Returns what verifies peers now; null where they are asked for no certificate. */
  protected final @Nullable StrictTrustManager trust() {
    return snapshot.trust();
  }

  /** Calls this with what new connections get, which no rotation replaces meanwhile. */
  protected final synchronized void whileOpen(Consumer<S> action) {
    if (!closed) {
      action.accept(snapshot);
    }
  }

  /** Whether this was closed, after which the contexts of the snapshot may be freed. */
  protected final boolean isClosed() {
    return closed;
  }

  /** Lists the contexts that new connections get. */
  public final List<SslContext> contexts() {
    return snapshot.contexts();
  }

  /**
   * Begins to use what was opened: measures it, and asks issuers about it. Called once it is
   * certain that connections get it.
   */
  public final void beginUse() {
    watchLists();
    begin(snapshot);
  }

  private void watchLists() {
    StrictTrustManager trust = trust();
    if (trust != null) {
      trust.revocation().watch();
    }
  }

  /** Notes what connections get from now on; called again where a rotation finds no change. */
  protected void begin(S inUse) {}

  /** Closes this for new connections; native memory is freed with the last engine that has it. */
  @Override
  public final synchronized void close() {
    if (!closed) {
      closed = true;
      Contexts.release(snapshot.contexts());
    }
  }

  // ---- for people

  /**
   * Reports revocation lists that have ended; to be called every second or so.
   *
   * @param told as {@link sallyport.credentials.revocation.Revocation#tellEnded} has it
   */
  public final void tellEndedLists(Set<String> told) {
    StrictTrustManager trust = trust();
    if (trust != null) {
      trust.revocation().tellEnded(services.audit(), told);
    }
  }

  /** Whether peers are refused where no current revocation list speaks of them. */
  public final boolean refusesWithoutLists() {
    StrictTrustManager trust = trust();
    return trust != null && trust.revocation().isHard();
  }

  /** Describes the revocation lists that are not current. */
  public final List<String> endedLists(Instant now) {
    StrictTrustManager trust = trust();
    return trust == null ? List.of() : trust.revocation().ended(now);
  }

  /** Lists what of the trust file is not relied on. */
  public final List<LeftOut> leftOut() {
    StrictTrustManager trust = trust();
    return trust == null ? List.of() : trust.authorities().leftOut();
  }

  /**
   * Describes the authorities that are trusted here and were not by the other one; none where
   * either asks peers for no certificate.
   */
  public final List<String> trustedBeyond(RotatingTls<?> before) {
    StrictTrustManager now = trust();
    StrictTrustManager then = before.trust();
    return now == null || then == null ? List.of() : now.beyond(then);
  }

  // ---- rotation

  /** Returns the revocation lists of the peers, which rotate separately; null for none. */
  public final @Nullable Rotatable revocationLists() {
    return lists;
  }

  @Override
  public final Kind kind() {
    return opener.side().keys;
  }

  @Override
  public final String name() {
    return opener.name();
  }

  @Override
  public final List<HeldCertificate> held() {
    S inUse = snapshot;
    String owner = opener.side().path(name());
    List<HeldCertificate> held = new ArrayList<>();
    inUse.materials().forEach(material -> held.addAll(material.held(owner)));
    TrustConfig config = opener.trust();
    StrictTrustManager trust = inUse.trust();
    if (config != null && trust != null) {
      held.addAll(trust.held(owner, config));
    }
    return held;
  }

  @Override
  public final List<Path> files() {
    List<Path> files = new ArrayList<>(opener.keyFiles());
    TrustConfig config = opener.trust();
    if (config != null) {
      files.add(config.file());
    }
    return files;
  }

  @Override
  public final Rotation rotate(KeyOpener keys, boolean mayLoosen) {
    List<String> problems = new ArrayList<>();
    S before = snapshot;
    // Not under the lock: it may take long, and ticket keys are renewed meanwhile.
    S after = opener.open(keys, before, problems);
    if (after == null) {
      return Rotation.Refused.unusable(problems);
    }
    if (before.equals(after)) {
      begin(before);
      return new Rotation.Unchanged();
    }
    return replace(before, after, mayLoosen);
  }

  private synchronized Rotation replace(S before, S after, boolean mayLoosen) {
    StrictTrustManager trust = after.trust();
    StrictTrustManager trustBefore = before.trust();
    if (trust != null && trustBefore != null && trust.hasAuthoritiesOf(trustBefore)) {
      // They may have been rotated while this was opened.
      trust.use(trustBefore.revocation());
    }
    List<String> loosened = trust == null ? List.of() : trust.beyond(trustBefore);
    List<String> problems = new ArrayList<>(obstacles(before, after));
    if (!mayLoosen) {
      TrustConfig config = opener.trust();
      ConfigLocation location = config == null ? opener.location() : config.location();
      loosened.forEach(what -> problems.add(location.problem(what)));
    }
    if (closed) {
      problems.add(opener.location().problem("is not in use any more"));
    }
    if (!problems.isEmpty()) {
      Contexts.release(after.contexts());
      return Rotation.Refused.forbidden(problems);
    }
    prepare(after);
    S replaced = snapshot;
    snapshot = after;
    Contexts.release(replaced.contexts());
    watchLists();
    begin(after);
    return new Rotation.Done(fingerprints(before), fingerprints(after), loosened);
  }

  private static List<String> fingerprints(TlsSnapshot of) {
    return of.materials().stream().map(material -> material.info().fingerprint()).toList();
  }

  /** Lists what is against the second one in place of the first, a problem each. */
  protected List<String> obstacles(S before, S after) {
    return List.of();
  }

  /** Prepares a snapshot that connections get next. Called under the lock. */
  protected void prepare(S next) {}
}
