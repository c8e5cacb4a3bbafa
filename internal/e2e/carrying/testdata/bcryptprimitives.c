/* The one function of bcryptprimitives.dll that Go programs need, for wine before version 9, which lacks it. */
#include <windows.h>
#include <ntsecapi.h>
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE out, SIZE_T n) { return RtlGenRandom(out, (ULONG)n); }
