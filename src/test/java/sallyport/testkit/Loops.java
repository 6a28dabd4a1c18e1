package sallyport.testkit;

/**
 * Number of event loops of each gateway that a test starts: the system property {@code
 * test.workers}, 1 by default. The build runs the integration tests in two lanes, with one loop and
 * with three.
 */
public final class Loops {
  public static final int COUNT = Integer.getInteger("test.workers", 1);

  private Loops() {}
}
