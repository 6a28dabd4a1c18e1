package sallyport.cli.command;

/**
 * The operands of a command: its words that are not options.
 *
 * @param names their names in the help, such as {@code DIR}
 * @param description for the help
 * @param least the smallest number of operands, 0 or more
 * @param most the largest number of operands
 */
public record Operands(String names, String description, int least, int most) {
  /** The operands of a command that has only options. */
  public static final Operands NONE = new Operands("", "", 0, 0);
}
