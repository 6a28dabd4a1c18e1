package sallyport.cli;

/** A command line that makes no sense; the message says what of it does not. */
public final class BadUsage extends Exception {
  private static final long serialVersionUID = 1L;

  BadUsage(String message) {
    super(message, null, false, false);
  }
}
