package sallyport.connect;

import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;
import sallyport.connect.stream.ResponseListener;
import sallyport.net.Failure;

/** An exchange that takes its response and does nothing with it. */
final class IgnoredResponse implements ResponseListener {
  @Override
  public void onInterim(HttpResponse response) {}

  @Override
  public void onHead(HttpResponse response) {}

  @Override
  public void onContent(HttpContent content) {
    content.release();
  }

  @Override
  public void onEnd(LastHttpContent last) {
    last.release();
  }

  @Override
  public void onReadComplete() {}

  @Override
  public void onWritable() {}

  @Override
  public boolean awaitsBackend() {
    return true;
  }

  @Override
  public void onFailure(Failure.Upstream failure, Failure.@Nullable Response fault) {
    throw new AssertionError(failure);
  }
}
