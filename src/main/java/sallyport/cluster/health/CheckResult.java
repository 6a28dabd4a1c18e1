package sallyport.cluster.health;

import org.jspecify.annotations.Nullable;
import sallyport.net.Failure;

/** Result of one health check. Immutable. Any thread. */
public sealed interface CheckResult {
  /** Returns the result in one word: the metric tag. */
  String word();

  /** The endpoint is as it should be. */
  record Passed() implements CheckResult {
    @Override
    public String word() {
      return "passed";
    }
  }

  /** The endpoint is not as it should be. */
  sealed interface Failed extends CheckResult {
    /** Returns the reason, for people; nothing that an endpoint chose freely. */
    String reason();
  }

  /** A response with a status that is not expected. */
  record WrongStatus(int status) implements Failed {
    @Override
    public String word() {
      return "wrong_status";
    }

    @Override
    public String reason() {
      return "its status is " + status;
    }
  }

  /** A response whose body does not have the expected text. */
  record WrongBody() implements Failed {
    @Override
    public String word() {
      return "wrong_body";
    }

    @Override
    public String reason() {
      return "its body does not have the expected text";
    }
  }

  /**
   * No connection, or no response.
   *
   * @param detail why, for people; null where the failure says it all
   */
  record Failing(Failure.Upstream failure, @Nullable String detail) implements Failed {
    @Override
    public String word() {
      return failure.flag();
    }

    @Override
    public String reason() {
      return detail == null ? failure.flag() : failure.flag() + ": " + detail;
    }
  }
}
