package sallyport.credentials.sources;

/** A file, a command or a token that did not answer; what it holds may well be good. */
public final class UnansweredSource extends UnusableFile {
  private static final long serialVersionUID = 1L;

  /** The message is for people. */
  public UnansweredSource(String message) {
    super(message);
  }
}
