package sallyport.config.setting;

/** Direction in which a change of a limit lowers security. */
public enum Looser {
  /** A larger value. */
  RAISED,
  /** A larger value; 0 is unlimited. */
  RAISED_OR_ZERO,
  /** A smaller value. */
  LOWERED,
  /** No change. */
  NEVER,
  /** A rule of {@code comply.change} decides, with the values of other settings. */
  ELSEWHERE
}
