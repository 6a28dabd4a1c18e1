package sallyport.logging;

import java.util.Locale;
import org.slf4j.Logger;

/** Logs of the gateway, each with a logger of its own. */
public enum Log {
  /** One JSON line an exchange. */
  ACCESS("sallyport.access"),
  /** One JSON line a security event. */
  AUDIT("sallyport.audit"),
  /** Lines for people. */
  SYSTEM(Logger.ROOT_LOGGER_NAME);

  private final String logger;

  Log(String logger) {
    this.logger = logger;
  }

  /** Returns the metric's tag: the name in lower case. */
  public String tag() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the name of the logger. */
  public String logger() {
    return logger;
  }

  /** Returns the log of a line that came through this logger. */
  static Log of(String logger) {
    if (logger.equals(ACCESS.logger)) {
      return ACCESS;
    }
    return logger.equals(AUDIT.logger) ? AUDIT : SYSTEM;
  }
}
