using Xunit.Sdk;
using Xunit.v3;

// Tests of the kernel count descriptors, programs and events of this process: side by side they would count one another.
[assembly: Parallelization(Mode = ParallelMode.None)]
