package sallyport.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Control of a running gateway by its operators. Each change is audited with the operator.
 *
 * <p>Any thread; the calls block.
 */
public interface Control {
  /** Outcome of a change. */
  enum Outcome {
    /** The change is made, or there was nothing to change. */
    DONE,
    /** The change is refused, and nothing has changed. */
    REFUSED,
    /** The gateway has nothing of that name. */
    UNKNOWN
  }

  /**
   * Answer to an operator.
   *
   * @param lines for people, at least one
   */
  record Answer(Outcome outcome, List<String> lines) {
    /** Returns the answer to a change that was made, or else refused. */
    public static Answer of(boolean done, List<String> lines) {
      return new Answer(done ? Outcome.DONE : Outcome.REFUSED, lines);
    }

    /** Returns whether the change was made. */
    public boolean isDone() {
      return outcome == Outcome.DONE;
    }
  }

  /** Returns the state of the gateway. */
  GatewayStatus status();

  /**
   * Reads the configuration again, with its certificates, keys and trust.
   *
   * @param operator who asks
   * @param allowWeaken why security may be loosened; null when it may not
   */
  Answer reload(String operator, @Nullable String allowWeaken);

  /**
   * Takes an endpoint out of service for new requests; those in progress go on.
   *
   * @param operator who asks
   * @param endpoint {@code BACKEND/HOST:PORT}, or {@code HOST:PORT} where one backend alone has it
   * @param force whether the last endpoint of its backend may be taken
   * @param reason for the audit log; null for none
   */
  Answer drain(String operator, String endpoint, boolean force, @Nullable String reason);

  /**
   * Ends a drain.
   *
   * @param operator who asks
   * @param endpoint as for {@link #drain}; null for all endpoints that are drained
   * @param reason for the audit log; null for none
   */
  Answer undrain(String operator, @Nullable String endpoint, @Nullable String reason);
}
