package sallyport.credentials.pkcs11;

import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Meanings of the failures of the JDK's PKCS#11 provider. */
final class Pkcs11Errors {
  /** What a token says of a PIN that it does not take (PKCS#11 3.1, C_Login). */
  private static final Set<String> PIN_REFUSALS =
      Set.of(
          "CKR_PIN_INCORRECT",
          "CKR_PIN_INVALID",
          "CKR_PIN_LEN_RANGE",
          "CKR_PIN_EXPIRED",
          "CKR_PIN_LOCKED");

  /**
   * What a module says once the token, its sessions or the way to it are gone. The last three have
   * other causes too; modules of network HSMs say them of a lost connection.
   */
  private static final Set<String> AWAY =
      Set.of(
          "CKR_SESSION_HANDLE_INVALID",
          "CKR_SESSION_CLOSED",
          "CKR_DEVICE_ERROR",
          "CKR_DEVICE_REMOVED",
          "CKR_TOKEN_NOT_PRESENT",
          "CKR_TOKEN_NOT_RECOGNIZED",
          "CKR_SLOT_ID_INVALID",
          "CKR_CRYPTOKI_NOT_INITIALIZED",
          "CKR_OBJECT_HANDLE_INVALID",
          "CKR_KEY_HANDLE_INVALID",
          "CKR_USER_NOT_LOGGED_IN",
          "CKR_GENERAL_ERROR",
          "CKR_FUNCTION_FAILED",
          // The JDK's own word, where the slot says that it is empty.
          "Token has been removed");

  private Pkcs11Errors() {}

  /** Returns the innermost message, which is the module's own, such as CKR_PIN_INCORRECT. */
  static String deepest(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }

  static boolean isPinRefusal(Throwable failure) {
    return PIN_REFUSALS.stream().anyMatch(deepest(failure)::startsWith);
  }

  /**
   * Returns whether the token, its sessions or the way to it are gone.
   *
   * @param provider that failed; null when there is none
   */
  static boolean isAway(Throwable failure, @Nullable Provider provider) {
    if (failure instanceof NoSuchAlgorithmException) {
      // The JDK takes all services away from the provider of a token that was pulled out.
      return provider != null && provider.getServices().isEmpty();
    }
    String said = deepest(failure);
    // Some have a number behind it.
    return AWAY.stream().anyMatch(said::startsWith);
  }
}
