package sallyport.http.codec;

import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpObject;
import org.jspecify.annotations.Nullable;
import sallyport.net.Failure;

/** Why a message cannot be trusted. Has no stack trace: strangers cause these at will. */
public final class MalformedMessage extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Failure failure;

  public MalformedMessage(Failure failure) {
    super(failure.flag(), null, false, false);
    this.failure = failure;
  }

  /** What is wrong with this part of a message; null when it is sound. */
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
