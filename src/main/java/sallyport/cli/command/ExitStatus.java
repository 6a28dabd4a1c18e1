package sallyport.cli.command;

/** Exit statuses of the process. Those above 1 are from {@code sysexits.h}. */
public final class ExitStatus {
  /** Success. */
  public static final int OK = 0;

  /**
   * The command ran and its answer is no: a control fails, the gateway is not healthy, or it
   * refuses an order.
   */
  public static final int NEGATIVE = 1;

  /** Invalid arguments. */
  public static final int USAGE = 64;

  /** No gateway answers. */
  public static final int UNAVAILABLE = 69;

  /** An internal error. */
  public static final int SOFTWARE = 70;

  /** An address cannot be bound. */
  public static final int CANNOT_BIND = 71;

  /** A file cannot be written. */
  public static final int CANNOT_WRITE = 73;

  /** Invalid configuration. */
  public static final int BAD_CONFIGURATION = 78;

  private ExitStatus() {}
}
