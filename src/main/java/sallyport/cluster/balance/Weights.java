package sallyport.cluster.balance;

/** Present weights of endpoints, which change with their health. Any thread. */
public interface Weights {
  /** Returns whether all are as configured, as in normal times: {@link #now} is not asked then. */
  boolean areConfigured();

  /**
   * Returns the weight of an endpoint, in proportion to those of the others.
   *
   * @return 0 where it must not be chosen
   */
  int now(int position);
}
