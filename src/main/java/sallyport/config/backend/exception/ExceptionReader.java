package sallyport.config.backend.exception;

import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.read.ConfigReader;
import sallyport.config.tls.PolicyName;

/** Reader of a backend's exception from its TLS policy. */
public final class ExceptionReader {
  private static final String KEY = "exception";
  private static final String ALLOW = "allow";

  /** The largest number of characters of a reason or an owner. */
  private static final int LONGEST = 500;

  /** Settings of the same backend that an exception depends on. */
  public interface Surroundings {
    /** Returns the policy that the exception adds to. */
    PolicyName policy();

    /** Whether keys of the backend are pinned. */
    boolean isPinned();

    /** Whether names of the certificate are listed. */
    boolean hasNames();

    /** Whether it is asked if the certificate was revoked. */
    boolean asksForRevocation();
  }

  private ExceptionReader() {}

  /**
   * Reads an exception.
   *
   * @param tls settings of TLS to the backend
   * @return null where there is none
   */
  public static @Nullable ExceptionConfig read(ConfigReader tls, Surroundings around) {
    if (!tls.has(KEY)) {
      return null;
    }
    ConfigReader in = tls.section(KEY);
    ExceptionConfig exception =
        new ExceptionConfig(
            in.choices(ALLOW, Allowance.words()),
            text("reason", in),
            text("owner", in),
            expires(in),
            tls.location(KEY));
    checkAllowed(exception.allow(), around, in);
    if (!around.isPinned()) {
      tls.problem(
          KEY,
          "needs tls.pins: what the exception permits could be forged, and a pinned key cannot");
    }
    in.finish();
    return exception;
  }

  private static void checkAllowed(Set<Allowance> allow, Surroundings around, ConfigReader in) {
    if (allow.isEmpty()) {
      in.problem(ALLOW, "needs at least one of " + String.join(", ", Allowance.words().keySet()));
    }
    boolean old = allow.contains(Allowance.TLS_1_0) || allow.contains(Allowance.TLS_1_1);
    if (old && !allow.contains(Allowance.CBC)) {
      in.problem(ALLOW, "needs cbc too: TLS 1.0 and 1.1 have no other suites here");
    }
    if (around.policy() == PolicyName.MOZILLA_MODERN
        && allow.stream().anyMatch(Allowance::isOfTheProtocol)) {
      in.problem(
          ALLOW, "adds to TLS 1.2, which the policy mozilla-modern does not have; choose another");
    }
    if (allow.contains(Allowance.NAME)) {
      if (around.hasNames()) {
        in.problem(ALLOW, "has name, which a pin replaces: remove tls.verify-san");
      }
      if (around.asksForRevocation()) {
        in.problem(
            ALLOW, "has name, so that there is no chain to ask about: remove tls.revocation");
      }
    }
  }

  private static String text(String key, ConfigReader in) {
    String text = in.string(key);
    if (in.has(key)
        && (text.isBlank()
            || text.length() > LONGEST
            || text.chars().anyMatch(Character::isISOControl))) {
      in.problem(key, "must be one line of 1 to " + LONGEST + " characters");
    }
    return text;
  }

  private static LocalDate expires(ConfigReader in) {
    String text = in.string("expires");
    try {
      return LocalDate.parse(text);
    } catch (DateTimeParseException noDate) {
      if (in.has("expires")) {
        in.problem("expires", "must be a day such as 2027-06-30, is '" + text + "'");
      }
      return LocalDate.EPOCH;
    }
  }
}
