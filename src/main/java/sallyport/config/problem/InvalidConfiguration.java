package sallyport.config.problem;

import java.util.List;

/** Failure to read a configuration; {@link #problems()} has every error. */
public final class InvalidConfiguration extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;

  /**
   * @param problems one line each, as {@code FILE:LINE: path: what is wrong}; at least one
   */
  public InvalidConfiguration(List<String> problems) {
    super(String.join("\n", problems));
    this.problems = List.copyOf(problems);
  }

  /** One line a problem, in the order of the file. */
  public List<String> problems() {
    return problems;
  }
}
