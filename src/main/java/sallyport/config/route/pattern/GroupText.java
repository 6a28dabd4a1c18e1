package sallyport.config.route.pattern;

import java.util.ArrayList;
import java.util.List;

/**
 * Text with references to the groups of a {@link PathPattern}: {@code $1} to {@code $9}, and {@code
 * $$} for a dollar sign.
 *
 * @param text as it is configured
 * @param pieces in order
 */
public record GroupText(String text, List<Piece> pieces) {
  /** Piece of the text. */
  public sealed interface Piece {
    /** Text as it stands. */
    record Literal(String text) implements Piece {}

    /**
     * Part of the path that a group matches.
     *
     * @param number from 1 on
     */
    record Group(int number) implements Piece {}
  }

  /**
   * Parses a text.
   *
   * @param groups how many the pattern has
   * @throws IllegalArgumentException with what is wrong, for people
   */
  public static GroupText parse(String text, int groups) {
    List<Piece> pieces = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    int from = 0;
    for (int dollar; (dollar = text.indexOf('$', from)) >= 0; from = dollar + 2) {
      literal.append(text, from, dollar);
      char next = dollar + 1 < text.length() ? text.charAt(dollar + 1) : ' ';
      if (next == '$') {
        literal.append(next);
        continue;
      }
      if (next < '1' || next > '9') {
        throw new IllegalArgumentException(
            "has a $ without a number from 1 to 9; write $$ for a dollar sign: '" + text + "'");
      }
      if (next - '0' > groups) {
        throw new IllegalArgumentException(
            "has $" + next + ", but the pattern has groups: " + groups);
      }
      addTo(pieces, literal);
      pieces.add(new Piece.Group(next - '0'));
    }
    literal.append(text.substring(Math.min(from, text.length())));
    addTo(pieces, literal);
    return new GroupText(text, List.copyOf(pieces));
  }

  private static void addTo(List<Piece> pieces, StringBuilder literal) {
    if (!literal.isEmpty()) {
      pieces.add(new Piece.Literal(literal.toString()));
      literal.setLength(0);
    }
  }

  /** Returns the text before the first group. */
  public String beginning() {
    return !pieces.isEmpty() && pieces.getFirst() instanceof Piece.Literal(String first)
        ? first
        : "";
  }

  /** Returns the text with what the groups of a pattern match. */
  public String with(List<String> groups) {
    StringBuilder whole = new StringBuilder();
    for (Piece piece : pieces) {
      switch (piece) {
        case Piece.Literal(String literal) -> whole.append(literal);
        case Piece.Group(int number) -> whole.append(groups.get(number - 1));
      }
    }
    return whole.toString();
  }
}
