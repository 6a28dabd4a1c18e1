package sallyport.credentials.rotation;

/**
 * Schedule of the next try of what was refused: at the next look, then at the second one after
 * that, at the fourth and so on. One thread at a time.
 */
final class Retries {
  private static final long NEVER = -1;

  private long left = NEVER;
  private long pause = 1;

  /** Plans another try, later than before. */
  void wanted() {
    left = pause;
    pause *= 2;
  }

  /** Plans no try. */
  void reset() {
    left = NEVER;
    pause = 1;
  }

  /**
   * Counts a look.
   *
   * @param longest looks between two tries, 1 or more
   * @return whether to try again now; false until {@link #wanted} when it was true
   */
  boolean isDue(long longest) {
    if (left == NEVER) {
      return false;
    }
    pause = Math.min(pause, longest);
    left = Math.min(left, longest) - 1;
    if (left > 0) {
      return false;
    }
    left = NEVER;
    return true;
  }
}
