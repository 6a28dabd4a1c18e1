package sallyport.stream;

import sallyport.connect.StreamTransport;
import sallyport.observe.metrics.stream.StreamMetrics;

/** Backend of the streams of one listener, with their meters. Immutable. */
public record StreamTarget(String backend, StreamTransport transport, StreamMetrics metrics) {}
