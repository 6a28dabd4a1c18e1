package sallyport.cli;

/**
 * What stands on the line of a command besides its options.
 *
 * @param names as the help has them, such as {@code DIR}
 * @param description for the help
 * @param least how many there must be, 0 or more
 * @param most how many there may be
 */
public record Operands(String names, String description, int least, int most) {
  /** For a command that has options alone. */
  public static final Operands NONE = new Operands("", "", 0, 0);
}
