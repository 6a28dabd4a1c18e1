package sallyport.credentials.acme;

import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.Problem;
import org.shredzone.acme4j.exception.AcmeLazyLoadingException;
import org.shredzone.acme4j.exception.AcmeNetworkException;
import org.shredzone.acme4j.exception.AcmeProtocolException;
import org.shredzone.acme4j.exception.AcmeServerException;

/** Failed order: a reason from a fixed list, and a text for people. */
final class OrderFailedException extends Exception {
  private static final long serialVersionUID = 1L;
  private static final String TYPES = "urn:ietf:params:acme:error:";
  private static final int MAX_DETAIL = 500;

  /** RFC 8555 section 6.7, RFC 9773 section 7.4. */
  private static final Set<String> KNOWN =
      Set.of(
          "accountDoesNotExist",
          "alreadyReplaced",
          "badCSR",
          "badNonce",
          "badPublicKey",
          "badSignatureAlgorithm",
          "caa",
          "compound",
          "connection",
          "dns",
          "externalAccountRequired",
          "incorrectResponse",
          "invalidContact",
          "malformed",
          "orderNotReady",
          "rateLimited",
          "rejectedIdentifier",
          "serverInternal",
          "tls",
          "unauthorized",
          "unsupportedContact",
          "unsupportedIdentifier",
          "userActionRequired");

  private final String word;

  OrderFailedException(String word, String detail) {
    super(printable(detail));
    this.word = word;
  }

  /** Returns the exception for a problem of the authority, in its words. */
  static OrderFailedException of(@Nullable Problem problem) {
    return problem == null
        ? new OrderFailedException("other", "the authority does not say why")
        : new OrderFailedException(typeOf(problem), problem.toString());
  }

  static OrderFailedException of(Throwable cause) {
    return switch (cause) {
      case OrderFailedException already -> already;
      case AcmeServerException refused -> of(refused.getProblem());
      case AcmeLazyLoadingException wrapper -> of(Objects.requireNonNull(wrapper.getCause()));
      case AcmeNetworkException network ->
          new OrderFailedException(
              "network", "the authority cannot be reached: " + network.getCause());
      case AcmeProtocolException protocol ->
          new OrderFailedException("protocol", protocol.toString());
      default -> new OrderFailedException("other", cause.toString());
    };
  }

  /** Returns the type of a problem document; {@code other} for one that no RFC names. */
  static String typeOf(Problem problem) {
    String type = problem.getType().toString();
    String word = type.startsWith(TYPES) ? type.substring(TYPES.length()) : "";
    return KNOWN.contains(word) ? word : "other";
  }

  /** Returns a text of an authority for logs: limited in length, without control characters. */
  private static String printable(String text) {
    String flat = text.replaceAll("\\p{Cntrl}+", " ");
    return flat.length() > MAX_DETAIL ? flat.substring(0, MAX_DETAIL) + "..." : flat;
  }

  /** Returns the metric's tag. */
  String word() {
    return word;
  }

  String detail() {
    return String.valueOf(getMessage());
  }
}
