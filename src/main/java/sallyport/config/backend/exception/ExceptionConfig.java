package sallyport.config.backend.exception;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import sallyport.config.problem.ConfigLocation;

/**
 * Exception from the TLS policy for one backend, until a day.
 *
 * @param allow at least one
 * @param reason why the backend needs it, for people; not empty
 * @param owner who answers for its end; not empty
 * @param expires the last day, in UTC
 * @param location where it stands
 */
public record ExceptionConfig(
    Set<Allowance> allow, String reason, String owner, LocalDate expires, ConfigLocation location) {
  /** How far ahead the end may be, in years. */
  private static final int LONGEST_YEARS = 1;

  /** Returns the moment from which on nothing is permitted: the end of the last day. */
  public Instant end() {
    return expires.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
  }

  /** Whether it has ended. */
  public boolean hasEnded(Instant now) {
    return !now.isBefore(end());
  }

  /** Returns the whole days that are left; negative once it has ended. */
  public long daysLeft(Instant now) {
    return Math.floorDiv(Duration.between(now, end()).toSeconds(), Duration.ofDays(1).toSeconds());
  }

  /** Returns the words of what is allowed, sorted. */
  public Set<String> words() {
    Set<String> words = new TreeSet<>();
    allow.forEach(each -> words.add(each.word()));
    return words;
  }

  /** Whether it adds a version or suites to those that are offered. */
  public boolean isOfTheProtocol() {
    return allow.stream().anyMatch(Allowance::isOfTheProtocol);
  }

  /**
   * Returns why it cannot be used at a time, with its place; null where it can. Time passes, so
   * that each start and each reload asks.
   */
  public @Nullable String problem(Instant now) {
    ConfigLocation where = location.child("expires");
    if (hasEnded(now)) {
      return where.problem(
          "ended with the day "
              + expires
              + "; remove the exception once the backend needs none, or write a later day and why");
    }
    LocalDate last = now.atZone(ZoneOffset.UTC).toLocalDate().plusYears(LONGEST_YEARS);
    return expires.isAfter(last)
        ? where.problem("must be at most a year from now, by " + last + ", is " + expires)
        : null;
  }
}
