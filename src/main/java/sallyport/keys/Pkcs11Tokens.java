package sallyport.keys;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.ProviderException;
import java.security.Security;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.CertificateConfig;

/**
 * Keys in hardware security modules and key services, through their PKCS#11 modules. The key stays
 * there; only signatures leave it.
 *
 * <p>A token has one provider for as long as the gateway runs, and is never logged out of: that
 * would kill the keys in use. Any thread; a token is asked one question at a time.
 */
final class Pkcs11Tokens {
  private static final Logger LOG = LoggerFactory.getLogger(Pkcs11Tokens.class);

  private record Token(Path module, String label) {}

  /** What a token says of a PIN that it does not take (PKCS#11 3.1, C_Login). */
  private static final Set<String> PIN_REFUSALS =
      Set.of(
          "CKR_PIN_INCORRECT",
          "CKR_PIN_INVALID",
          "CKR_PIN_LEN_RANGE",
          "CKR_PIN_EXPIRED",
          "CKR_PIN_LOCKED");

  private final Map<Token, Provider> providers = new ConcurrentHashMap<>();
  private final Map<Token, ReentrantLock> turns = new ConcurrentHashMap<>();

  /**
   * A handle on a key in a token.
   *
   * @param provider the only one that can sign with it
   */
  record Handle(PrivateKey key, Provider provider) {}

  /**
   * @throws UnusableFile when the module, the token, the PIN or the key is not to be had; says
   *     which
   */
  Handle open(CertificateConfig.Pkcs11 config) throws UnusableFile {
    try (Secret pin = Secret.read(config.pin())) {
      Secret copy = pin.copy();
      return ask(
          config,
          () -> {
            // The reader may have wiped its own: zeros would be a wrong PIN.
            try (copy) {
              return open(config, copy);
            }
          });
    }
  }

  /**
   * Asks a token, within the time limit for sources; one question at a time.
   *
   * @throws UnansweredSource when it does not answer in time
   */
  <T> T ask(CertificateConfig.Pkcs11 config, Sources.Read<T> question) throws UnusableFile {
    ReentrantLock turn =
        turns.computeIfAbsent(
            new Token(config.module(), config.token()), token -> new ReentrantLock());
    String what = "the token '" + config.token() + "' of '" + config.module() + "'";
    try {
      return Sources.read(
          Sources.Kind.TOKEN,
          what,
          () -> {
            try {
              turn.lockInterruptibly();
            } catch (InterruptedException givenUp) {
              throw new UnansweredSource(what + " was not asked");
            }
            try {
              return question.read();
            } finally {
              turn.unlock();
            }
          },
          late -> {});
    } catch (IOException | GeneralSecurityException | ProviderException refused) {
      throw new UnusableFile(
          "the token '%s' does not open with the PIN from %s: %s"
              .formatted(config.token(), config.pin().origin(), deepest(refused)));
    }
  }

  private Handle open(CertificateConfig.Pkcs11 config, Secret pin)
      throws UnusableFile, IOException, GeneralSecurityException {
    Provider provider = provider(new Token(config.module(), config.token()));
    if (Pkcs11Logins.isOther(config.module(), config.token(), pin)) {
      throw new UnusableFile(
          ("the token '%s' does not open with the PIN from %s: it is not the one that this"
                  + " process logged in with; where the PIN was changed, start again")
              .formatted(config.token(), config.pin().origin()));
    }
    if (Pkcs11Logins.wasRefused(config.module(), config.token(), pin)) {
      throw new UnusableFile(
          ("the token '%s' has refused the PIN from %s before, which is not tried again: each try"
                  + " brings the token nearer to being locked; correct the PIN")
              .formatted(config.token(), config.pin().origin()));
    }
    if (!Pkcs11Logins.isLoggedIn(config.module(), config.token())) {
      checkTriesLeft(config);
    }
    // A new one each time: an old one does not see what has been added since.
    KeyStore store = KeyStore.getInstance("PKCS11", provider);
    // The JDK hands on the low octet of each character, where a token wants UTF-8.
    char[] octets = pin.octets();
    try {
      store.load(null, octets);
    } catch (IOException | GeneralSecurityException | ProviderException failed) {
      if (PIN_REFUSALS.stream().anyMatch(deepest(failed)::startsWith)) {
        Pkcs11Logins.refused(config.module(), config.token(), pin);
      }
      throw failed;
    } finally {
      Arrays.fill(octets, '\0');
    }
    Pkcs11Logins.remember(config.module(), config.token(), pin);
    Key key = store.getKey(config.key(), null);
    if (key instanceof PrivateKey privateKey) {
      return new Handle(privateKey, provider);
    }
    throw new UnusableFile(
        "the token '%s' has no private key '%s' with a certificate of the same label and id"
            .formatted(config.token(), config.key()));
  }

  private static void checkTriesLeft(CertificateConfig.Pkcs11 config) throws UnusableFile {
    Pkcs11Slots.Slot slot = Pkcs11Slots.byLabel(config.module()).get(config.token());
    if (slot == null) {
      return;
    }
    if (slot.isLocked()) {
      throw new UnusableFile(
          "the token '%s' is locked after too many wrong PINs; its security officer can unlock it"
              .formatted(config.token()));
    }
    if (slot.isAtItsLastTry()) {
      throw new UnusableFile(
          ("the token '%s' has one try left before a wrong PIN locks it, which is not used here: log"
                  + " in to it once by hand with the right PIN, as with pkcs11-tool --login --test")
              .formatted(config.token()));
    }
    if (slot.wrongPinWasTried()) {
      LOG.warn(
          "the token '{}' says that wrong PINs were tried, and that few tries are left",
          config.token());
    }
  }

  private Provider provider(Token token) throws UnusableFile {
    Provider known = providers.get(token);
    if (known != null) {
      return known;
    }
    Map<String, Pkcs11Slots.Slot> slots = Pkcs11Slots.byLabel(token.module());
    Pkcs11Slots.Slot slot = slots.get(token.label());
    if (slot == null) {
      throw new UnusableFile(
          "the module '%s' has no token '%s'; it has: %s"
              .formatted(
                  token.module(),
                  token.label(),
                  slots.isEmpty() ? "none" : String.join(", ", slots.keySet())));
    }
    try {
      Provider provider =
          Security.getProvider("SunPKCS11")
              .configure(
                  "--name=sallyport-%d\nlibrary=%s\nslot=%d\n"
                      .formatted(providers.size(), token.module(), slot.number()));
      providers.put(token, provider);
      return provider;
    } catch (RuntimeException unusable) {
      throw new UnusableFile(
          "the token '" + token.label() + "' cannot be used: " + deepest(unusable));
    }
  }

  /** Outer messages say nothing; the innermost is the module's own, such as CKR_PIN_INCORRECT. */
  private static String deepest(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }
}
