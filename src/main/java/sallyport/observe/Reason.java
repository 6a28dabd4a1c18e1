package sallyport.observe;

/** Reason of a failure for metrics and logs: one of a bounded set of words. */
public interface Reason {
  /** Returns the word, in lower case with underscores. */
  String flag();
}
