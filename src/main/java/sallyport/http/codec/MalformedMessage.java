package sallyport.http.codec;

import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpObject;
import org.jspecify.annotations.Nullable;
import sallyport.net.Failure;

/** Reason why a message is invalid. It has no stack trace: clients can cause these at any rate. */
public final class MalformedMessage extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Failure failure;

  public MalformedMessage(Failure failure) {
    super(failure.flag(), null, false, false);
    this.failure = failure;
  }

  /** Returns the failure of this part of a message; null when it is valid. */
  public static @Nullable Failure in(HttpObject part) {
    DecoderResult result = part.decoderResult();
    if (!result.isFailure()) {
      return null;
    }
    return result.cause() instanceof MalformedMessage malformed
        ? malformed.failure
        : Failure.Client.BAD_REQUEST;
  }

  public DecoderResult toResult() {
    return DecoderResult.failure(this);
  }
}
