package sallyport.credentials.pkcs11;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.ProviderException;
import java.security.Security;
import java.security.SignatureException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.certificate.CertificateConfig;
import sallyport.credentials.certificates.CertificateRules;
import sallyport.credentials.sources.Secret;
import sallyport.credentials.sources.Sources;
import sallyport.credentials.sources.UnansweredSource;
import sallyport.credentials.sources.UnusableFile;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditLog;

/**
 * PKCS#11 token, which is up or away. It is away from when it fails a signature or an opening in a
 * way that says so, or does not answer in time, until it is open again. While it is away, a thread
 * of its own tries to open it, less and less often, and nothing else calls it.
 *
 * <p>There is no logout: that would end the use of its keys.
 *
 * <p>Any thread; a token is asked one question at a time, beside signatures.
 */
final class Pkcs11Token {
  private static final Logger LOG = LoggerFactory.getLogger(Pkcs11Token.class);

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  /**
   * A handle on a key in a token.
   *
   * @param provider the only one that can sign with it
   */
  record Handle(PrivateKey key, Provider provider) {}

  private final Pkcs11Module module;
  private final String label;
  private final AuditLog audit;
  private final SignerPool pool;
  private final ReentrantLock turn = new ReentrantLock();

  /** Those that sign with its keys; each for as long as something uses it. */
  private final Set<Signer> signers =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  /**
   * All that there ever were. One that is collected closes its sessions, by numbers that the token
   * may have given to others meanwhile.
   */
  private final List<Provider> providers = Collections.synchronizedList(new ArrayList<>());

  private volatile @Nullable Provider provider;
  private volatile @Nullable String away;

  /** Whether its module has had a token of this label: a label that none has may be a secret. */
  private volatile boolean found;

  /** Whether all that is known of why it is away is that it does not answer. */
  private volatile boolean hanging;

  /** It may be back: something that hung has returned. */
  private final Semaphore answered = new Semaphore(0);

  // These are guarded by this.
  private CertificateConfig.@Nullable Pkcs11 config;
  private Sources.@Nullable Use opening;
  private @Nullable Thread reopening;
  private Instant back = Instant.MIN;
  private boolean closed;

  /**
   * @param pool of this token alone; closed with it
   */
  Pkcs11Token(Pkcs11Module module, String label, AuditLog audit, SignerPool pool) {
    this.module = module;
    this.label = label;
    this.audit = audit;
    this.pool = pool;
    module.add(this);
  }

  String label() {
    return label;
  }

  /** Returns the threads that wait for its signatures. */
  SignerPool pool() {
    return pool;
  }

  /** Returns whether it was opened, and nothing has said since that it is away. */
  boolean isUp() {
    return provider != null && away == null;
  }

  /** Returns whether it was open once, and is not now. */
  boolean isAway() {
    return away != null;
  }

  // ---- opening

  /** Returns the name for people and for {@link Sources}. */
  private String what() {
    return found
        ? "the token '" + label + "' of '" + module.path() + "'"
        : "a token of '" + module.path() + "'";
  }

  /**
   * Asks it, within the time limit for sources; one question at a time.
   *
   * @param pin where the PIN comes from, for people
   * @throws UnansweredSource when it does not answer in time, or is away
   */
  private <T> T ask(String pin, Sources.Read<T> question) throws UnusableFile {
    try {
      return Sources.read(
          Sources.Kind.TOKEN,
          what(),
          () -> {
            try {
              turn.lockInterruptibly();
            } catch (InterruptedException givenUp) {
              throw new UnansweredSource(what() + " was not asked");
            }
            try {
              return question.read();
            } finally {
              turn.unlock();
            }
          },
          late -> answered.release());
    } catch (UnansweredSource hangs) {
      Provider used = provider;
      if (used != null && !Thread.currentThread().isInterrupted()) {
        gone(used, "does not answer", /* hangs= */ true);
      }
      throw hangs;
    } catch (IOException | GeneralSecurityException | ProviderException refused) {
      String said = Pkcs11Errors.deepest(refused);
      if (!Pkcs11Errors.isAway(refused, provider)) {
        throw new UnusableFile(
            "the token '%s' does not open with the PIN from %s: %s".formatted(label, pin, said));
      }
      Provider used = provider;
      if (used != null) {
        gone(used, said, /* hangs= */ false);
      }
      throw doesNotAnswer(said);
    }
  }

  private UnansweredSource doesNotAnswer(String said) {
    return new UnansweredSource(
        "%s is away or does not answer (%s); that is not about its PIN".formatted(what(), said));
  }

  private <T> T calling(Sources.Read<T> call)
      throws UnusableFile, IOException, GeneralSecurityException {
    module.calls().lock();
    try {
      return call.read();
    } finally {
      module.calls().unlock();
    }
  }

  /**
   * Opens a key of it.
   *
   * @param leaf the certificate that the key has to fit; null when there is none to compare with
   * @return null when there is none to compare with
   * @throws UnusableFile when the token, the PIN or the key is not to be had, or does not fit; says
   *     which
   */
  @Nullable Signer open(CertificateConfig.Pkcs11 wanted, @Nullable X509Certificate leaf)
      throws UnusableFile {
    try {
      refuseWhileAway();
      Handle handle;
      try (Secret pin = Secret.read(wanted.pin())) {
        Secret copy = pin.copy();
        handle =
            ask(
                wanted.pin().origin(),
                () -> {
                  // The reader may have wiped its own: zeros would be a wrong PIN.
                  try (copy) {
                    return calling(() -> openNow(wanted, copy));
                  }
                });
      }
      if (leaf == null) {
        return null;
      }
      ask(wanted.pin().origin(), () -> calling(() -> fitting(wanted, handle, leaf)));
      Signer signer = new Signer(this, wanted, leaf, handle);
      synchronized (this) {
        config = wanted;
        opening = Sources.current().another();
      }
      signers.add(signer);
      return signer;
    } catch (UnansweredSource unanswered) {
      Signer inUse = isAway() && leaf != null ? inUse(wanted, leaf) : null;
      if (inUse != null) {
        return inUse;
      }
      if (isAway()) {
        // Nothing is known of what it holds now.
        Sources.current().noteUnanswered();
      }
      throw unanswered;
    }
  }

  private void refuseWhileAway() throws UnansweredSource {
    String now = away;
    if (now != null) {
      throw doesNotAnswer(now);
    }
  }

  /** Returns the signer in use with this key and the same configuration. */
  private @Nullable Signer inUse(CertificateConfig.Pkcs11 wanted, X509Certificate leaf) {
    for (Signer each : live()) {
      if (each.isOf(wanted) && each.certificate().getPublicKey().equals(leaf.getPublicKey())) {
        return each;
      }
    }
    return null;
  }

  private List<Signer> live() {
    synchronized (signers) {
      return List.copyOf(signers);
    }
  }

  private Handle openNow(CertificateConfig.Pkcs11 wanted, Secret pin)
      throws UnusableFile, IOException, GeneralSecurityException {
    Provider first = provider;
    Provider used = first == null ? newProvider(slot()) : first;
    KeyStore store = login(used, wanted, pin);
    provider = used;
    return new Handle(key(store, wanted), used);
  }

  /** Returns the slot; reports its absence only if the token is not known to be away. */
  private Pkcs11Slots.Slot findSlot() throws UnusableFile {
    if (!isAway() && !isThere()) {
      throw new ProviderException("CKR_TOKEN_NOT_PRESENT");
    }
    return slot();
  }

  /** Returns whether its module still has it: one that has gone may look as if it had no keys. */
  private boolean isThere() {
    try {
      return Pkcs11Slots.byLabel(module.path()).containsKey(label);
    } catch (UnusableFile unreachable) {
      return false;
    }
  }

  private Pkcs11Slots.Slot slot() throws UnusableFile {
    Map<String, Pkcs11Slots.Slot> slots = Pkcs11Slots.byLabel(module.path());
    Pkcs11Slots.Slot slot = slots.get(label);
    if (slot == null) {
      throw new UnusableFile(
          "the module '%s' has no token with the label that is written; it has: %s"
              .formatted(
                  module.path(), slots.isEmpty() ? "none" : String.join(", ", slots.keySet())));
    }
    found = true;
    return slot;
  }

  private Provider newProvider(Pkcs11Slots.Slot slot) throws UnusableFile {
    try {
      Provider made =
          Security.getProvider("SunPKCS11")
              .configure(
                  "--name=sallyport-%d\nlibrary=%s\nslot=%d\n"
                      .formatted(providers.size(), module.spelling(), slot.number()));
      providers.add(made);
      return made;
    } catch (RuntimeException unusable) {
      throw new UnusableFile(
          "the token '" + label + "' cannot be used: " + Pkcs11Errors.deepest(unusable));
    }
  }

  private KeyStore login(Provider used, CertificateConfig.Pkcs11 wanted, Secret pin)
      throws UnusableFile, IOException, GeneralSecurityException {
    if (Pkcs11Logins.isOther(module.path(), label, pin)) {
      throw new UnusableFile(
          ("the token '%s' does not open with the PIN from %s: it is not the one that this"
                  + " process logged in with; where the PIN was changed, start again")
              .formatted(label, wanted.pin().origin()));
    }
    if (Pkcs11Logins.wasRefused(module.path(), label, pin)) {
      throw new UnusableFile(
          ("the token '%s' has refused the PIN from %s before, which is not tried again: each try"
                  + " brings the token nearer to being locked; correct the PIN")
              .formatted(label, wanted.pin().origin()));
    }
    if (isAway() || !Pkcs11Logins.isLoggedIn(module.path(), label)) {
      checkTriesLeft();
    }
    // A new one each time: an old one does not see what has been added since.
    KeyStore store = KeyStore.getInstance("PKCS11", used);
    // The JDK hands on the low octet of each character, where a token wants UTF-8.
    char[] octets = pin.octets();
    try {
      store.load(null, octets);
    } catch (IOException | GeneralSecurityException | ProviderException failed) {
      if (Pkcs11Errors.isPinRefusal(failed)) {
        Pkcs11Logins.refused(module.path(), label, pin);
      }
      throw failed;
    } finally {
      Arrays.fill(octets, '\0');
    }
    Pkcs11Logins.remember(module.path(), label, pin);
    return store;
  }

  private void checkTriesLeft() throws UnusableFile {
    Pkcs11Slots.Slot slot = Pkcs11Slots.byLabel(module.path()).get(label);
    if (slot == null) {
      return;
    }
    if (slot.isLocked()) {
      throw new UnusableFile(
          "the token '%s' is locked after too many wrong PINs; its security officer can unlock it"
              .formatted(label));
    }
    if (slot.isAtItsLastTry()) {
      throw new UnusableFile(
          ("the token '%s' has one try left before a wrong PIN locks it, which is not used here: log"
                  + " in to it once by hand with the right PIN, as with pkcs11-tool --login --test")
              .formatted(label));
    }
    if (slot.wrongPinWasTried()) {
      LOG.warn(
          "the token '{}' says that wrong PINs were tried, and that few tries are left", label);
    }
  }

  private PrivateKey key(KeyStore store, CertificateConfig.Pkcs11 wanted)
      throws UnusableFile, GeneralSecurityException {
    Key key = store.getKey(wanted.key(), null);
    if (key instanceof PrivateKey privateKey) {
      return privateKey;
    }
    if (!isThere()) {
      throw new ProviderException("CKR_TOKEN_NOT_PRESENT");
    }
    long several = renamed(store, wanted.key());
    throw new UnusableFile(
        several > 1
            ? ("the token '%s' has %d keys with certificates under the label '%s': give each a label of"
                    + " its own")
                .formatted(label, several, wanted.key())
            : ("the token '%s' has no private key with the label that is written, and a certificate"
                    + " of the same label and id")
                .formatted(label));
  }

  /**
   * Returns the number of entries with this label if there are several: the JDK adds issuer and
   * serial number to the names of those that share a label.
   */
  private static long renamed(KeyStore store, String key) throws GeneralSecurityException {
    return Collections.list(store.aliases()).stream()
        .filter(alias -> alias.startsWith(key + "/"))
        .count();
  }

  private static Handle fitting(
      CertificateConfig.Pkcs11 wanted, Handle handle, X509Certificate leaf) throws UnusableFile {
    String problem =
        CertificateRules.keyProblem(
            handle.key(),
            handle.provider(),
            leaf,
            failure -> Pkcs11Errors.isAway(failure, handle.provider()));
    if (problem != null) {
      throw new UnusableFile(problem + " in '" + wanted.label() + "'");
    }
    return handle;
  }

  // ---- signatures

  /**
   * Makes a signature.
   *
   * @throws SignatureException when the token is away
   */
  byte[] sign(Signer signer, Signer.Scheme scheme, byte[] message) throws GeneralSecurityException {
    // Before the lock too, which is held while the module is initialised again.
    refuseSignatureWhileAway();
    module.calls().lock();
    try {
      refuseSignatureWhileAway();
      Handle handle = signer.handle();
      if (handle == null) {
        throw new SignatureException(
            "the token '" + label + "' came back without this key, or with another one");
      }
      try {
        return Signer.sign(handle.key(), handle.provider(), scheme, message);
      } catch (GeneralSecurityException | ProviderException failed) {
        String said = Pkcs11Errors.deepest(failed);
        if (Pkcs11Errors.isAway(failed, handle.provider())) {
          gone(handle.provider(), said, /* hangs= */ false);
        }
        throw new SignatureException("the token '" + label + "' did not sign: " + said, failed);
      }
    } finally {
      module.calls().unlock();
      if (hanging) {
        answered.release();
      }
    }
  }

  /**
   * Reports a signature that has taken too long. Does not block: another thread handles it.
   *
   * @param used the provider that was asked
   */
  void hangs(Provider used, Duration time) {
    if (away == null) {
      Thread.ofVirtual()
          .name("sallyport-token " + label)
          .start(
              () ->
                  gone(
                      used,
                      "does not answer: a signature takes longer than %d ms"
                          .formatted(time.toMillis()),
                      /* hangs= */ true));
    }
  }

  private void refuseSignatureWhileAway() throws SignatureException {
    String now = away;
    if (now != null) {
      throw new SignatureException("the token '" + label + "' is away: " + now);
    }
  }

  // ---- away, and back

  /** Marks the token as away after a failure or a hang, unless that was before it came back. */
  private synchronized void gone(Provider failing, String said, boolean hangs) {
    if (closed || config == null || !failing.equals(provider)) {
      return;
    }
    if (away != null) {
      hanging &= hangs;
      return;
    }
    hanging = hangs;
    away = said;
    LOG.error(
        "the token '{}' of '{}' is away ({}): nothing is signed with its keys; it is opened again as"
            + " soon as it is back",
        label,
        module.path(),
        said);
    audit.record(new AuditEvent.TokenAway(label, module.path().toString(), said));
    if (reopening == null) {
      // One that fails again at once is not asked again at once.
      boolean again = Instant.now().isBefore(back.plus(LONGEST_PAUSE));
      reopening =
          Thread.ofVirtual()
              .name("sallyport-token " + label)
              .start(() -> reopen(again ? FIRST_PAUSE : Duration.ZERO));
    }
  }

  private void reopen(Duration first) {
    Duration pause = first;
    String said = away;
    while (true) {
      try {
        boolean _ = answered.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS);
        answered.drainPermits();
        List<String> missing = tryToReopen();
        String now = String.join("; ", missing);
        if (!missing.isEmpty() && !now.equals(said)) {
          LOG.error("{}", now);
        }
        said = now;
        if (isDone(missing.isEmpty())) {
          return;
        }
      } catch (InterruptedException closing) {
        return;
      } catch (UnusableFile | RuntimeException failed) {
        String now = Pkcs11Errors.deepest(failed);
        if (!now.equals(said)) {
          LOG.warn("the token '{}' cannot be opened again yet: {}", label, now);
        }
        said = now;
      }
      pause = pause.multipliedBy(2);
      pause = pause.compareTo(FIRST_PAUSE) < 0 ? FIRST_PAUSE : pause;
      pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
    }
  }

  private synchronized boolean isDone(boolean complete) {
    if (closed || (complete && away == null)) {
      reopening = null;
      return true;
    }
    return false;
  }

  /**
   * @return what is wrong with keys of it that are in use, a line each; it is back
   */
  private List<String> tryToReopen() throws UnusableFile {
    CertificateConfig.Pkcs11 wanted;
    Sources.Use use;
    synchronized (this) {
      wanted = Objects.requireNonNull(config);
      use = Objects.requireNonNull(opening).another();
    }
    return use.call(
        () -> {
          try {
            return tryToReopen(wanted, false);
          } catch (UnusableFile failed) {
            if (away == null || hanging || !module.hasNoOther(this)) {
              throw failed;
            }
            return tryToReopen(wanted, true);
          }
        });
  }

  /**
   * @param restart whether to initialise the module again
   */
  private List<String> tryToReopen(CertificateConfig.Pkcs11 wanted, boolean restart)
      throws UnusableFile {
    // A person may have to type the PIN: it is read once the token is there.
    ask(
        "",
        () -> {
          try {
            if (restart && !module.beginAnew(this)) {
              throw new UnusableFile(
                  "the token '"
                      + label
                      + "' is not there; to find it again, its module has to be started anew, which"
                      + " is not done while another token of it is in use: restart");
            }
          } catch (InterruptedException givenUp) {
            throw new UnansweredSource(what() + " was not asked");
          }
          return calling(this::findSlot);
        });
    try (Secret pin = Secret.read(wanted.pin())) {
      Secret copy = pin.copy();
      return ask(
          wanted.pin().origin(),
          () -> {
            try (copy) {
              return calling(() -> reopenNow(wanted, copy));
            }
          });
    }
  }

  private List<String> reopenNow(CertificateConfig.Pkcs11 wanted, Secret pin)
      throws UnusableFile, IOException, GeneralSecurityException {
    String wasAway = away;
    // What only hung has its sessions still.
    Provider used =
        wasAway == null || hanging ? Objects.requireNonNull(provider) : newProvider(slot());
    KeyStore store = login(used, wanted, pin);
    List<String> missing = new ArrayList<>();
    for (Signer signer : live()) {
      Handle had = signer.handle();
      if (had != null && had.provider().equals(used)) {
        continue;
      }
      try {
        signer.use(
            fitting(
                signer.config(),
                new Handle(key(store, signer.config()), used),
                signer.certificate()));
      } catch (UnusableFile notAsBefore) {
        signer.use(null);
        missing.add("a key that is in use: " + notAsBefore.getMessage());
      }
    }
    if (wasAway != null) {
      back(used);
    }
    return missing;
  }

  private synchronized void back(Provider used) {
    provider = used;
    away = null;
    hanging = false;
    back = Instant.now();
    LOG.warn("the token '{}' of '{}' is back", label, module.path());
    audit.record(new AuditEvent.TokenBack(label, module.path().toString()));
  }

  /** Opens it no more, and takes no more signatures. */
  synchronized void close() {
    closed = true;
    pool.close();
    if (reopening != null) {
      reopening.interrupt();
    }
  }
}
