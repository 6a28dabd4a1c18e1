package sallyport.net.admission;

import java.util.Locale;

/**
 * Reason why a connection is closed instead of served: the metric's tag and the audit log's reason.
 */
enum Refusal {
  /** The listener has as many connections as it may have. */
  CONNECTION_LIMIT,
  /** The listener gets new connections faster than it may. */
  CONNECTION_RATE,
  /** The source has as many connections as it may have. */
  SOURCE_LIMIT,
  /** The source opens connections faster than it may. */
  SOURCE_RATE,
  /** Buffers hold as much memory as they may. */
  MEMORY;

  /** Returns the name in lower case. */
  String flag() {
    return name().toLowerCase(Locale.ROOT);
  }
}
