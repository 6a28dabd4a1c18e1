package sallyport.testkit;

import java.util.Locale;

/** What is wrong with a {@link FaultyBackend}. {@code docs/faults.md} has a row for each. */
public enum Fault {
  NONE(Stage.RESPONSE),

  // ---- of the connection
  REFUSES_CONNECTIONS(Stage.CONNECTION),
  /** As a process that is stopped: the kernel takes connections. */
  ACCEPTS_AND_HANGS(Stage.CONNECTION),
  /** Sends the beginning of a record. */
  HANGS_IN_THE_HANDSHAKE(Stage.CONNECTION),
  CLOSES_IN_THE_HANDSHAKE(Stage.CONNECTION),
  SHOWS_ANOTHER_NAME(Stage.CONNECTION),
  SHOWS_ANOTHER_AUTHORITY(Stage.CONNECTION),
  SHOWS_AN_EXPIRED_CERTIFICATE(Stage.CONNECTION),
  ASKS_FOR_NO_CERTIFICATE(Stage.CONNECTION),
  TRUSTS_ANOTHER_AUTHORITY(Stage.CONNECTION),

  // ---- of a response, before its head is whole
  TAKES_REQUESTS_AND_HANGS(Stage.RESPONSE),
  /** Without close_notify, as a process that is killed. */
  CLOSES_BEFORE_THE_HEAD(Stage.RESPONSE),
  /** RST in place of the end. */
  RESETS_BEFORE_THE_HEAD(Stage.RESPONSE),
  CLOSES_WITHIN_THE_HEAD(Stage.RESPONSE),
  HANGS_WITHIN_THE_HEAD(Stage.RESPONSE),
  /** An octet at a time, each within every time limit. */
  DRIPS_THE_HEAD(Stage.RESPONSE),
  SENDS_AN_INVALID_HEAD(Stage.RESPONSE),
  SENDS_TOO_LARGE_A_HEAD(Stage.RESPONSE),

  // ---- of a response, after its head
  CLOSES_WITHIN_THE_BODY(Stage.RESPONSE),
  HANGS_WITHIN_THE_BODY(Stage.RESPONSE),
  DRIPS_THE_BODY(Stage.RESPONSE),
  ANNOUNCES_MORE_THAN_IT_SENDS(Stage.RESPONSE),
  ANNOUNCES_LESS_THAN_IT_SENDS(Stage.RESPONSE),

  // ---- of the application
  ANSWERS_500(Stage.RESPONSE),
  IS_SLOW(Stage.RESPONSE),

  // ---- of HTTP/2 alone
  /** GOAWAY, and the stream is above the last one that it names. */
  GOES_AWAY(Stage.RESPONSE),
  REFUSES_STREAMS(Stage.RESPONSE),
  /** INTERNAL_ERROR. */
  RESETS_STREAMS(Stage.RESPONSE),
  RESETS_STREAMS_WITHIN_THE_BODY(Stage.RESPONSE);

  /** What it falls upon. */
  enum Stage {
    CONNECTION,
    RESPONSE
  }

  private final Stage stage;

  Fault(Stage stage) {
    this.stage = stage;
  }

  boolean is(Stage other) {
    return stage == other;
  }

  /** Such as {@code closes within the head}. */
  public String words() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
