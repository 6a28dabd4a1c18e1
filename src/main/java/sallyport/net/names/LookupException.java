package sallyport.net.names;

import java.net.UnknownHostException;

/** Failure of a question. */
final class LookupException extends UnknownHostException {
  private static final long serialVersionUID = 1;

  /** Kind of failure. */
  enum Kind {
    /** The servers know no such name, or no address of it. */
    EMPTY,
    /** No server answered, or none could. */
    FAILED
  }

  private final Kind kind;

  LookupException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }
}
