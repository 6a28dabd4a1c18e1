package sallyport.cluster.ejection;

import java.time.Duration;
import sallyport.config.backend.EjectionConfig;

/**
 * State of an endpoint. Times are those of one clock, in nanoseconds.
 *
 * <pre>
 *                 failures, or latency            its time is over
 *   InService ---------------------------> Ejected --------------> OnTrial
 *       ^  ^                                |   ^                     |  |
 *       |  |   answered as the last resort  |   |   failed: longer    |  |
 *       |  +--------------------------------+   +---------------------+  |
 *       |                          answered                              |
 *       +----------------------------------------------------------------+
 * </pre>
 *
 * <p>Immutable. Any thread.
 */
public sealed interface EjectionState {
  /** Reason of an ejection for slow answers. */
  String LATENCY = "latency";

  /** No failure, and no ejection so far. */
  EjectionState INITIAL = new InService(0, 0, 0, /* probation= */ false, 0);

  /**
   * Returns the number of this state, which attempts take along. The outcome of an attempt counts
   * only in the state that it began in: after a return, requests that still wait since before the
   * ejection say nothing new.
   */
  int epoch();

  /**
   * Requests may go to it.
   *
   * @param failures of attempts, in a row
   * @param ejections that it has not yet made good for, by {@code sinceNanos}
   * @param sinceNanos time of the return
   * @param probation whether a health check has returned it, and no request was answered since: one
   *     failure ejects it
   */
  record InService(int failures, int ejections, long sinceNanos, boolean probation, int epoch)
      implements EjectionState {
    InService failed() {
      return new InService(failures + 1, ejections, sinceNanos, probation, epoch);
    }

    InService answered() {
      return new InService(0, ejections, sinceNanos, /* probation= */ false, epoch);
    }

    /** Returns whether a response changes nothing. */
    boolean isSettled() {
      return failures == 0 && !probation;
    }

    /** Returns the number of failures in a row that eject it. */
    int limit(EjectionConfig rules) {
      int limit = rules.consecutiveFailures();
      return probation ? 1 : limit == 0 ? Integer.MAX_VALUE : limit;
    }

    Ejected ejected(String reason, long now, EjectionConfig rules) {
      return Ejected.of(reason, left(now, rules) + 1, now, rules, epoch + 1);
    }

    /** Returns the number of ejections that count: each {@code base} in service makes one good. */
    private int left(long now, EjectionConfig rules) {
      long good = ejections == 0 ? 0 : (now - sinceNanos) / rules.base().toNanos();
      return (int) Math.max(0, ejections - good);
    }
  }

  /**
   * No request goes to it, unless every other endpoint has failed that request.
   *
   * @param reason in one word: the last failure, or {@link #LATENCY}
   * @param ejections in a row, this one included
   * @param untilNanos end of its time
   * @param checked whether a health check has passed after its time
   */
  record Ejected(String reason, int ejections, long untilNanos, boolean checked, int epoch)
      implements EjectionState {
    /**
     * Makes the state of an ejection now. Above the number that {@code longest} allows, ejections
     * are not counted: otherwise it would take as long to make them good.
     */
    private static Ejected of(
        String reason, long ejections, long now, EjectionConfig rules, int epoch) {
      long base = rules.base().toNanos();
      long longest = rules.longest().toNanos();
      int counted = (int) Math.min(ejections, Math.ceilDiv(longest, base));
      return new Ejected(
          reason, counted, now + Math.min(counted * base, longest), /* checked= */ false, epoch);
    }

    boolean isOver(long now) {
      return now - untilNanos >= 0;
    }

    Duration left(long now) {
      return Duration.ofNanos(Math.max(0, untilNanos - now));
    }

    Ejected checked(boolean passed) {
      return new Ejected(reason, ejections, untilNanos, passed, epoch);
    }

    OnTrial tried() {
      return new OnTrial(reason, ejections, epoch + 1);
    }

    InService returned(long now) {
      return new InService(0, ejections, now, /* probation= */ false, epoch + 1);
    }

    InService returnedByCheck(long now) {
      return new InService(0, ejections, now, /* probation= */ true, epoch + 1);
    }
  }

  /**
   * One attempt is under way, and decides. No other request goes to it meanwhile: if it hangs, it
   * costs one request.
   */
  record OnTrial(String reason, int ejections, int epoch) implements EjectionState {
    InService passed(long now) {
      return new InService(0, ejections, now, /* probation= */ false, epoch + 1);
    }

    Ejected failed(String again, long now, EjectionConfig rules) {
      return Ejected.of(again, ejections + 1L, now, rules, epoch + 1);
    }

    /** Returns the state after an attempt that says nothing: the next one decides. */
    Ejected undecided(long now) {
      return new Ejected(reason, ejections, now, /* checked= */ false, epoch + 1);
    }
  }
}
