package sallyport.credentials.sources;

/** File, command or token that did not answer; its content may well be good. */
public final class UnansweredSource extends UnusableFile {
  private static final long serialVersionUID = 1L;

  /** The message is for people. */
  public UnansweredSource(String message) {
    super(message);
  }
}
