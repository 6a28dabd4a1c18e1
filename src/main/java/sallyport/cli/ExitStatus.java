package sallyport.cli;

/** What the process ends with; above 1 the words of {@code sysexits.h}. */
public final class ExitStatus {
  /** It went as it should. */
  public static final int OK = 0;

  /** The command ran and the answer is no: a control fails, the gateway is not healthy. */
  public static final int NEGATIVE = 1;

  /** The arguments make no sense. */
  public static final int USAGE = 64;

  /** A fault of our own. */
  public static final int SOFTWARE = 70;

  /** An address cannot be bound. */
  public static final int CANNOT_BIND = 71;

  /** A file cannot be written. */
  public static final int CANNOT_WRITE = 73;

  /** The configuration cannot be used. */
  public static final int BAD_CONFIGURATION = 78;

  private ExitStatus() {}
}
